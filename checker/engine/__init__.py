"""The only place that talks to Docker: finding or starting an engine, its images, its events, typed views of it."""
