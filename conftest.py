"""For every run of pytest, over tests/ as over notebooks/: what a notebook leaves, and how two workers share."""

pytest_plugins = ["tests.left_behind", "tests.workers"]
