"""huey: a consumer runs tasks in one thread, or with several workers several at once."""
# model: huey
# needs: huey

import proof
from huey import MemoryHuey

one, several = MemoryHuey("one", utc=True), MemoryHuey("several", utc=True)
packed, shipped, told = proof.Witness(), proof.Witness(meeting=2), proof.Witness()


# What the consumers have is known of the program, not of each queue.
@one.task()
def pack(order):  # activity: thread; thread, many, sure
    with packed.inside():
        pass


@one.post_execute()
def tell(task, value, error):  # activity: thread; thread, many, sure
    with told.inside():
        pass


@several.task(priority=1)
def ship(order):  # activity: thread; thread, many, sure
    with shipped.inside():
        pass


def begin(*consumers):
    for consumer in consumers:
        consumer.start()


if __name__ == "__main__":
    begin(one.create_consumer(periodic=False), several.create_consumer(workers=2, periodic=False))
    for order in range(2):
        pack(order)
        ship(order)
    packed.wait(2)
    packed.ran_in_one_thread()
    packed.ran_one_by_one()
    told.wait(2)
    assert set(told.threads) == set(packed.threads)
    shipped.wait(2)
    shipped.ran_at_once()
    shipped.ran_elsewhere()
    proof.done()
