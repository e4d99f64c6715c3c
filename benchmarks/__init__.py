"""Measurements of trainlog, one command each: ``python -m benchmarks.NAME``."""
