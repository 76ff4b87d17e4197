"""One schema serves two threads: one gets valid data, the other invalid ones."""

from marshmallow import Schema, fields
from pair import side_by_side


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
