"""What the lessons draw: each module turns facts about an engine into a picture and its words."""
