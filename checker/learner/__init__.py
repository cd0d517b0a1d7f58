"""The learner's folder: copies of the course's material, answers, results."""
