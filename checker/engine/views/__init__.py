"""What a check may ask: containers, images and ports as they are, each question once, each failure in words."""
