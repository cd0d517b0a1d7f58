"""A lab: loaded from its folder, strictly, and the vocabulary in which its checks are written."""
