"""Find an engine, install one, or start one of the course's own; and what to do when none answers."""
