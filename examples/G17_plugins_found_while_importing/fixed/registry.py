"""What the editor can do, by kind: commands and exporters of its own, and those of plugins, found in the background."""

import threading

import plugins

OFFERED = {
    "command": ["open", "save"],
    "export": ["csv", "html"],
}


def offer(kind, name):
    OFFERED.setdefault(kind, []).append(name)  # site: add


def search(folder):
    for kind, name in plugins.in_folder(folder):
        offer(kind, name)


def offered(kind):
    searches = [threading.Thread(target=search, args=(folder,)) for folder in plugins.FOLDERS]
    for thread in searches:
        thread.start()
    for thread in searches:
        thread.join()
    return sorted(OFFERED[kind])
