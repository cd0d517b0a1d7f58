"""Between the docker program and the engine: every byte passed on, the requests noted."""
