# python: 3.12
"""Syntax of 3.11 and 3.12."""

type Table[K] = dict[K, "Conn"]


class Box[T]:
    def __init__(self) -> None:
        self.d: dict[str, T] = {}  # fact: bind %self.d types=dict[T] # fact: bind %self.d values=#0

    def first[S](self, k: S) -> T:
        try:
            return self.d[k]  # fact: access %self.d getitem try=0
        except* KeyError:  # fact: handler KeyError does=store
            self.d[k] = 1  # fact: compound except-create %self.d
        return f"{self.d[f"{k}"]}"  # fact: access %self.d getitem
