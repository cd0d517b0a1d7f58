"""What the cells of one notebook share: its state, and the ways to show something."""
