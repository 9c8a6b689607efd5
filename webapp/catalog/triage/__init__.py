"""What support may do with an application to host, one action a file."""
