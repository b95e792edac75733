"""The admin page `/admin`: sign in, see what people ask, change the knowledge and take it back."""
