"""Settings of backup jobs: each job starts from the defaults and changes what it needs."""

import copy
from concurrent.futures import ThreadPoolExecutor

DEFAULTS = {"target": "tape", "retry": {"times": 3, "pause": 60}}


def settings_of(job):
    settings = copy.deepcopy(DEFAULTS)
    if job == "mail":
        settings["target"] = "disk"
        settings["retry"]["times"] = 0
    return settings


def plan(job):
    settings = settings_of(job)
    return f"{job}: {settings['target']}, {settings['retry']['times']} retries"


def main():
    with ThreadPoolExecutor(max_workers=2) as planners:
        list(planners.map(plan, ["mail", "photos"]))
    return plan("books")


if __name__ == "__main__":
    print(main())
