"""Counts the answers in the access logs of two web servers by status code."""

import threading

LOGS = {
    "web-1": ["200 /", "200 /cart", "404 /favicon.ico", "200 /pay", "500 /pay"],
    "web-2": ["200 /", "404 /robots.txt", "200 /", "302 /login", "200 /cart"],
}


class StatusReport:
    def __init__(self):
        self.answers = {}

    def read(self, lines):
        for line in lines:
            status = line.split()[0]
            self.answers[status] = self.answers.get(status, 0) + 1  # site: count  # expect: DCT104


def main():
    report = StatusReport()
    readers = [threading.Thread(target=report.read, args=(lines,)) for lines in LOGS.values()]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    return report.answers


if __name__ == "__main__":
    answers = main()
    print(f"{sum(answers.values())} answers in {sum(map(len, LOGS.values()))} lines: {answers}")
