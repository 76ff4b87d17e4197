"""What checked classes do in the place of the built-in ones.

Each module has functions that make methods for one class: what the methods need of the built-in class they keep, so
that no lookup is left when they run.
"""
