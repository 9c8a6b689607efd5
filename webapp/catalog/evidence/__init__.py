"""What tells whether an uncertain letter arrived, one kind a file."""
