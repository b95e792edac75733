"""The guide itself as values and functions: no clock, no chance, no input or output."""
