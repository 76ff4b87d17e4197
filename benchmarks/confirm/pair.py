"""Runs two functions side by side, over and over: what all drivers have in common."""

import threading


def side_by_side(one, other, rounds=30):
    """Each gets the number of the round. What they raise is what the bug looks like to a user: it is counted."""
    together = threading.Barrier(2)
    raised = []

    def run(side):
        for number in range(rounds):
            together.wait(30)
            try:
                side(number)
            except Exception as error:
                raised.append(repr(error))

    threads = [threading.Thread(target=run, args=(side,)) for side in (one, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(len(raised), "errors:", "; ".join(sorted(set(raised))[:5]))
