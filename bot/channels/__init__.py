"""The ways in: each receives, asks the guide, and renders what it says."""
