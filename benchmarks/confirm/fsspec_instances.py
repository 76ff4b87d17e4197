"""Two threads ask for the same file system, as it is cached by class and arguments."""

from fsspec.asyn import AsyncFileSystem
from pair import side_by_side


class Store(AsyncFileSystem):
    protocol = "store"

    def __init__(self, bucket, **options):
        super().__init__(**options)
        self.bucket = bucket


def ask(number):
    Store(f"bucket{number}")


side_by_side(ask, ask)
