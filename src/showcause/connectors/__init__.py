"""The connectors: platforms behind the port, and the gate that each of them holds shut."""
