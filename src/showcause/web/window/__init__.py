"""The outsider's window: the public record, to be read by anybody."""
