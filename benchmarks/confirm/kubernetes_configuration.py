"""Two configurations, as a program has them that talks to two clusters: each loads its own token."""

import os
import tempfile

from kubernetes.client import Configuration
from kubernetes.config.incluster_config import InClusterConfigLoader

folder = tempfile.mkdtemp()


def written(name, text):
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def load(token):
    names = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": "6443"}
    InClusterConfigLoader(written(token, token), written("ca", "ca"), names).load_and_set()
    return Configuration()


first = load("first")
second = load("second")
print(first.api_key, second.api_key)
