"""What the editor can do, by kind: commands and exporters of its own, and those of plugins, found in the background."""

import threading

import plugins

OFFERED = {}


def offer(kind, name):
    if kind not in OFFERED:  # site: missing
        OFFERED[kind] = []  # site: create  # expect: DCT103 with missing
    OFFERED[kind].append(name)  # site: add


def search(folder):
    for kind, name in plugins.in_folder(folder):
        offer(kind, name)


searches = [threading.Thread(target=search, args=(folder,)) for folder in plugins.FOLDERS]
for thread in searches:
    thread.start()  # expect: DCT113 with builtin

OFFERED["command"] = ["open", "save"]  # site: builtin
OFFERED["export"] = ["csv", "html"]


def offered(kind):
    for thread in searches:
        thread.join()
    return sorted(OFFERED[kind])
