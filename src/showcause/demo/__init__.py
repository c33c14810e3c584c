"""The guided story: one night on a small fictional platform, played on the real product."""
