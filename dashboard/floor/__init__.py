"""Rows of the hub -> the map of where people spend time on a shop's floor."""
