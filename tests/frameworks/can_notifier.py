"""python-can: a notifier calls all its listeners from one thread; who stops it, stops them."""
# model: python-can
# needs: can

import can
import proof

seen, shown, late, stopped = proof.Witness(), proof.Witness(), proof.Witness(), proof.Witness()


class Speeds(can.Listener):
    def on_message_received(self, msg):  # activity: thread, sure
        with seen.inside(self):
            pass

    def stop(self):
        with stopped.inside():
            pass


def show(msg):  # activity: thread
    with shown.inside():
        pass


def show_late(msg):  # activity: thread
    with late.inside():
        pass


if __name__ == "__main__":
    ours, theirs = can.Bus("proof", interface="virtual"), can.Bus("proof", interface="virtual")
    notifier = can.Notifier(ours, [Speeds(), show], timeout=0.1)
    notifier.add_listener(show_late)
    for number in range(2):
        theirs.send(can.Message(arbitration_id=number))
    for witness in (seen, shown, late):
        witness.wait(2)
        witness.ran_in_one_thread()
        witness.ran_one_by_one()
    assert set(seen.threads) == set(shown.threads) == set(late.threads)
    seen.had_one_object()
    notifier.stop()
    stopped.ran_here()
    proof.done()
