"""Rules that ask more of a run than who comes where: each has an oracle, which sees what happens at its places."""

from __future__ import annotations

from dictlint.confirm.inside.oracles.defaults import SharedDefault
from dictlint.confirm.inside.oracles.endings import ExitOfOne, StartHandled, Unstoppable
from dictlint.confirm.inside.oracles.jobs import CarriedOver
from dictlint.confirm.inside.oracles.later import Captured, RunLater
from dictlint.confirm.inside.oracles.oracle import Oracle, Telling
from dictlint.confirm.inside.oracles.proxies import BehindProxy
from dictlint.confirm.inside.oracles.split_locks import SplitLock
from dictlint.confirm.inside.planned import Pair

ORACLES: dict[str, type[Oracle]] = {
    "DCT204": SharedDefault,
    "DCT205": SplitLock,
    "DCT207": BehindProxy,
    "DCT209": Captured,
    "DCT302": StartHandled,
    "DCT306": Unstoppable,
    "DCT307": ExitOfOne,
    "DCT309": RunLater,
    "DCT406": CarriedOver,
}


def oracle(pair: Pair, telling: Telling) -> Oracle | None:
    kind = ORACLES.get(pair.code)
    return kind(pair, telling) if kind is not None else None
