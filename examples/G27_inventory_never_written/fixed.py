"""A warehouse moves pieces between two halls and writes its inventory at the end, whatever happens."""

import threading

PIECES = {"north": 10, "south": 0}
OPEN_DOORS = {"north"}
lock = threading.Lock()


def move(pieces):
    with lock:
        if "south" not in OPEN_DOORS:
            return
        PIECES["north"] = PIECES["north"] - pieces
        PIECES["south"] = PIECES["south"] + pieces


def main():
    carrier = threading.Thread(target=move, args=(4,))
    try:
        carrier.start()
        carrier.join()
    finally:
        with lock:
            print(f"inventory: {sum(PIECES.values())} of 10 pieces")


if __name__ == "__main__":
    main()
