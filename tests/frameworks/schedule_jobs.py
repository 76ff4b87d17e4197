"""schedule: jobs run in the thread that runs what is pending, one after the other, and nowhere else."""
# model: schedule
# needs: schedule

import threading
import time

import proof
import schedule

fetched, tidied, reported = proof.Witness(), proof.Witness(), proof.Witness()


class Prices:
    def start(self):
        schedule.every(0.05).seconds.do(self.fetch, "all")
        schedule.every(0.03).seconds.tag("tidy").do(self.tidy)
        threading.Thread(target=self._keep_going, daemon=True).start()

    def _keep_going(self):  # activity: thread, sure
        while True:
            schedule.run_pending()
            time.sleep(0.01)

    def fetch(self, which):  # activity: caller
        assert which == "all"
        with fetched.inside():
            pass

    def tidy(self):  # activity: caller
        with tidied.inside():
            pass


@schedule.repeat(schedule.every(0.05).seconds)
def report():  # activity: caller
    with reported.inside():
        pass


if __name__ == "__main__":
    Prices().start()
    fetched.wait(2)
    tidied.wait(2)
    reported.wait(2)
    for witness in (fetched, tidied, reported):
        witness.ran_in_one_thread()
        witness.ran_one_by_one()
    assert set(fetched.threads) == set(tidied.threads) == set(reported.threads)
    assert threading.get_ident() not in fetched.threads
    proof.done()
