"""Letters that go out by themselves around an event, one rule a file."""
