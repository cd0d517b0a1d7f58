"""The ways to an engine that is there: its address, HTTP over whatever leads to it, an open client."""
