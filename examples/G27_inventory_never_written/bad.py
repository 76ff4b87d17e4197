"""A warehouse moves pieces between two halls and writes its inventory at the end, whatever happens."""

import os
import threading

PIECES = {"north": 10, "south": 0}
OPEN_DOORS = {"north"}
lock = threading.Lock()


def move(pieces):
    with lock:
        PIECES["north"] = PIECES["north"] - pieces
        if "south" not in OPEN_DOORS:
            print("the south door is closed", flush=True)
            os._exit(0)  # expect: DCT307
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
