"""Rows of the hub -> how well doors are counted: imbalance, strange hours, counts by hand and corrections."""
