"""Shipping tariffs: a standard one, and those that are derived from it for single customers."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Tariff:
    name: str
    per_zone: dict

    def with_price(self, name, zone, price):
        return replace(self, name=name, per_zone={**self.per_zone, zone: price})

    def price(self, zone):
        return self.per_zone[zone]


STANDARD = Tariff("standard", {"home": 4, "abroad": 15})


def quote(customer):
    name, discount = customer
    tariff = STANDARD.with_price(name, "home", 4 - discount)
    return tariff.price("home")


def main():
    with ThreadPoolExecutor(max_workers=2) as desk:
        list(desk.map(quote, [("acme", 1), ("bolt", 2)]))
    return STANDARD.price("home")


if __name__ == "__main__":
    print(f"a parcel costs everybody else {main()}, the standard tariff says 4")
