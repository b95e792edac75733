"""Who may use the admin page: accounts, sessions, the checks of each request, the log."""
