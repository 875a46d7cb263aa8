"""The parts of the Now page that look ahead, at the tills and at alerts."""
