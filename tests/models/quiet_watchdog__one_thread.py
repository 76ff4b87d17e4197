"""Two handlers of an observer share its thread."""

from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer

paths = {}


class Notes(FileSystemEventHandler):
    def on_modified(self, event):
        paths[event.src_path] = paths.get(event.src_path, 0) + 1


class Prints(FileSystemEventHandler):
    def on_deleted(self, event):
        for path in paths:
            print(path)


def watch(folder):
    observer = Observer()
    observer.schedule(Notes(), folder)
    observer.schedule(Prints(), folder)
    observer.start()
