"""The observer's thread notes changes while the main thread walks them."""

import time

from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer


class Changes(FileSystemEventHandler):
    def __init__(self):
        self.paths = {}

    def on_modified(self, event):
        self.paths[event.src_path] = time.time()  # site: note

    def flush(self):
        for path, when in self.paths.items():  # expect: DCT101 with note at high
            print(path, when)


def watch(folder):
    changes = Changes()
    observer = Observer()
    observer.schedule(changes, folder, recursive=True)
    observer.start()
    while True:
        time.sleep(1)
        changes.flush()
