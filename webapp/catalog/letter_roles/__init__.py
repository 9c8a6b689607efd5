"""Letters that Postroom writes by itself, one role a file: what it may name, what it must name."""
