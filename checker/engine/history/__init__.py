"""What happened on an engine: heard, written down, and read again as each container's history."""
