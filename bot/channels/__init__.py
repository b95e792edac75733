"""Channels: receive user input, pass it to the guide and render the replies."""
