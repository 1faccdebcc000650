"""Commonplace: a chat that remembers, and shows its margin."""

__version__ = "0.1.0"
