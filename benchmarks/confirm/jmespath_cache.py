"""Two threads compile expressions, and one throws half of the full cache away, the other one all of it."""

from jmespath.parser import Parser
from pair import side_by_side


def compile_many(prefix):
    def side(number):
        for each in range(140):
            Parser().parse(f"{prefix}{number}_{each}")
            if prefix == "b" and each > 130:
                Parser.purge()

    return side


side_by_side(compile_many("a"), compile_many("b"), rounds=12)
