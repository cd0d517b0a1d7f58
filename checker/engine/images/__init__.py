"""The course's images: which there are, where each comes from, and getting them."""
