"""Jobs with sub-jobs, in the manner of contexts: whoever cancels a job cancels everything that was started below it."""

import threading


class Job:
    def __init__(self, name):
        self.name = name
        self.cancelled = False
        self._children = {}

    def start_child(self, name):
        child = Job(name)
        self._children[name] = child  # site: start
        return child

    def finish_child(self, name):
        self._children.pop(name, None)  # site: finish

    def cancel(self):
        self.cancelled = True
        for child in self._children.values():  # site: walk  # expect: DCT101 with finish
            child.cancel()  # site: child


def work(job, names):
    for name in names:
        job.start_child(name)
        job.finish_child(name)


def main():
    job = Job("nightly report")
    uploads = [job.start_child(f"upload {number}") for number in range(3)]
    worker = threading.Thread(target=work, args=(job, ["render"]))
    supervisor = threading.Thread(target=job.cancel)
    worker.start()
    supervisor.start()
    for thread in (worker, supervisor):
        thread.join()
    return [upload.cancelled for upload in uploads]


if __name__ == "__main__":
    print(f"{sum(main())} of 3 uploads cancelled")
