"""Counts the words of two texts, each in a process of its own."""

import multiprocessing

TEXTS = {"letter": "dear ada thank you for the letter", "note": "call bob"}


def count(item):
    name, text = item
    return name, len(text.split())


def main():
    with multiprocessing.Pool(2) as counters:
        words = dict(counters.map(count, TEXTS.items()))
    return sum(words.values())


if __name__ == "__main__":
    print(f"{main()} words in {len(TEXTS)} texts")
