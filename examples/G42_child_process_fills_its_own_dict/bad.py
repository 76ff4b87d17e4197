"""Counts the words of two texts, each in a process of its own."""

import multiprocessing

TEXTS = {"letter": "dear ada thank you for the letter", "note": "call bob"}
words = {}


def count(name, text):
    words[name] = len(text.split())  # expect: DCT206


def main():
    counters = [multiprocessing.Process(target=count, args=item) for item in TEXTS.items()]
    for counter in counters:
        counter.start()
    for counter in counters:
        counter.join()
    return sum(words.values())


if __name__ == "__main__":
    print(f"{main()} words in {len(TEXTS)} texts")
