"""Rows of the hub -> what the Queue page shows."""
