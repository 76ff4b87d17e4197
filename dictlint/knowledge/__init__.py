"""Tables about Python and its standard library; data that every stage may read."""
