"""Benchmarks, run by hand: each prints figures and asserts nothing."""
