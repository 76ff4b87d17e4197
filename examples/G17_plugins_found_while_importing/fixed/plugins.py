"""Where plugins are, and what each of them has to offer."""

FOLDERS = ["shared plugins", "own plugins"]
FOUND = {
    "shared plugins": [("export", "pdf"), ("theme", "dark")],
    "own plugins": [("export", "epub"), ("theme", "paper")],
}


def in_folder(folder):
    return FOUND[folder]
