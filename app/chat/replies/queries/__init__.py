"""Statements on replies: turns begin them, runs keep and end them."""
