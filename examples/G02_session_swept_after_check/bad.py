"""Web sessions: page views look a session up, a sweeper throws the idle ones away."""

import threading
import time

IDLE = 0.05


class Sessions:
    def __init__(self):
        self._sessions = {}
        self._closing = threading.Event()

    def login(self, token, user):
        self._sessions[token] = (user, time.monotonic() + IDLE)

    def user(self, token):
        if token in self._sessions:  # site: check
            return self._sessions[token][0]  # site: use  # expect: DCT102 with check with sweep
        return None

    def sweep(self):
        while not self._closing.wait(0.01):
            for token, (_, until) in list(self._sessions.items()):
                if until < time.monotonic():
                    self._sessions.pop(token, None)  # site: sweep

    def close(self):
        self._closing.set()


def browse(sessions, views):
    """A visitor looks at pages until the session is over."""
    while sessions.user("t-4711") is not None:
        views.append("page")
        time.sleep(0.005)
    views.append("login form")


def main():
    sessions = Sessions()
    sessions.login("t-4711", "ada")
    views = []
    sweeper = threading.Thread(target=sessions.sweep)
    visitor = threading.Thread(target=browse, args=(sessions, views))
    visitor.start()
    sweeper.start()
    visitor.join()
    sessions.close()
    sweeper.join()
    return views


if __name__ == "__main__":
    print(f"{main()[-1]} after the session was over")
