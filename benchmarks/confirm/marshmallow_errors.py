"""One schema serves two threads: one gets valid data, the other invalid ones."""

import collections
import collections.abc

for name in collections.abc.__all__:  # where releases of that time look for them
    setattr(collections, name, getattr(collections.abc, name))

from marshmallow import Schema, fields  # noqa: E402
from pair import side_by_side  # noqa: E402


class Order(Schema):
    number = fields.Int(required=True)
    amount = fields.Int()


order = Order()
wrong = []


def valid(number):
    for _ in range(20):
        _, errors = order.load({"number": number, "amount": 1})
        if errors:
            wrong.append(errors)
        order.dump({"number": number, "amount": 1})


def invalid(number):
    for _ in range(20):
        data, errors = order.load({"amount": "many"})
        if not errors:
            wrong.append(data)
        order.dump({"number": "none"})


side_by_side(valid, invalid)
print(len(wrong), "wrong answers")
