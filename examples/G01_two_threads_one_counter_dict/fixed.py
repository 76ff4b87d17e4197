"""Counts the answers in the access logs of two web servers by status code."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

LOGS = {
    "web-1": ["200 /", "200 /cart", "404 /favicon.ico", "200 /pay", "500 /pay"],
    "web-2": ["200 /", "404 /robots.txt", "200 /", "302 /login", "200 /cart"],
}


def read(lines):
    """The answers of one log, in a table that nobody else knows."""
    answers = Counter()
    for line in lines:
        status = line.split()[0]
        answers[status] = answers.get(status, 0) + 1  # site: count
    return answers


def main():
    answers = Counter()
    with ThreadPoolExecutor(max_workers=2) as readers:
        for part in readers.map(read, LOGS.values()):
            answers.update(part)
    return dict(answers)


if __name__ == "__main__":
    answers = main()
    print(f"{sum(answers.values())} answers in {sum(map(len, LOGS.values()))} lines: {answers}")
