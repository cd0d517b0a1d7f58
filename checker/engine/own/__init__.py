"""An engine of the course's own on Linux: its daemon, its registry, and the processes of both."""
