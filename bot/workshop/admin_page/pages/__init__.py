"""The pages of the admin page, one module a page."""
