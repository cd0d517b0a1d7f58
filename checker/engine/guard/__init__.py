"""What is the course's on an engine, and keeping the course's commands away from all else."""
