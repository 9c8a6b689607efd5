"""Who keeps the mailboxes of events: one service a file, opened by jobs and handed to actions."""
