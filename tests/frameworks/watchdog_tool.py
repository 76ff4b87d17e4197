"""watchdog: all handlers of an observer are called from its one thread, one event after the other."""
# model: watchdog
# needs: watchdog

import tempfile
from pathlib import Path

import proof
from watchdog.events import FileSystemEventHandler, PatternMatchingEventHandler
from watchdog.observers import Observer

seen = proof.Witness()


class Changes(FileSystemEventHandler):
    def on_created(self, event):  # activity: thread, sure
        with seen.inside():
            pass


class Inbox:
    def __init__(self):
        self.handler = PatternMatchingEventHandler()
        self.handler.on_created = self.arrived

    def arrived(self, event):  # activity: thread, sure
        with seen.inside():
            pass


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        observer = Observer()
        observer.schedule(Changes(), folder)
        observer.schedule(Inbox().handler, folder)
        observer.start()
        for n in range(3):
            Path(folder, f"{n}.txt").write_text("x")
        seen.wait(6)
        seen.ran_one_by_one()
        seen.ran_in_one_thread()
        seen.ran_elsewhere()
        proof.done()
