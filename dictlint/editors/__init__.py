"""Thin doors from other tools to the analyser and the runtime."""
