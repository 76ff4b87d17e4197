"""The user reads the producer's metrics while its sender thread adds and expires some."""

import logging
import os

from kafka import KafkaProducer
from kafka.metrics import AnonMeasurable
from pair import side_by_side

logging.disable(logging.CRITICAL)
producer = KafkaProducer(bootstrap_servers="127.0.0.1:1", api_version=(0, 10), max_block_ms=1)
metrics = producer._metrics


def change(number):
    name = metrics.metric_name(f"metric {number}", "group")
    metrics.add_metric(name, AnonMeasurable(lambda config, now: 1.0))
    if number % 2:
        metrics.remove_metric(name)


side_by_side(lambda number: producer.metrics(), change)
os._exit(0)
