"""Services where newsletter lists also live: one a file, opened by jobs and handed to actions."""
