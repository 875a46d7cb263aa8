"""The parts of the Brief page and of the weekly report, which say the same."""
