"""What was not answered well, grouped, and what an admin can do about it (`bot inbox`)."""
