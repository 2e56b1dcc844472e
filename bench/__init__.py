"""Measurements of the program: quality and speed. Not part of the package."""
