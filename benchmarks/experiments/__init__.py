"""Experiments that try to split an operation on a dict; `atomicity.py` makes them.

Each module adds its own to `EXPERIMENTS`.
"""

from experiments import classes, entry, interrupted, several, whole
from experiments.splitting import EXPERIMENTS, Experiment

__all__ = ["EXPERIMENTS", "Experiment", "classes", "entry", "interrupted", "several", "whole"]
