"""For every run of pytest, over tests/ as over notebooks/: each notebook must leave the engine as it found it."""

pytest_plugins = ["tests.left_behind"]
