"""The parts of the Stores page."""
