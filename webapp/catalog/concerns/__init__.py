"""What wants a person's decision, one kind a file."""
