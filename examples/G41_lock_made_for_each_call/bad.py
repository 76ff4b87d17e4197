"""Tills that add up what was sold of each article."""

import threading

sold = {}


def sell(article, pieces):
    with threading.Lock():  # expect: DCT116 with add
        sold[article] = sold.get(article, 0) + pieces  # site: add


def till(receipt):
    for article, pieces in receipt:
        sell(article, pieces)


def main():
    sold.clear()
    tills = [threading.Thread(target=till, args=([("tea", 2), ("tea", 3)],)) for _ in range(2)]
    for thread in tills:
        thread.start()
    for thread in tills:
        thread.join()
    return sold["tea"]


if __name__ == "__main__":
    print(f"{main()} packets of tea sold, 10 paid")
