"""The value of a portfolio, shown on a screen while orders come in."""

import threading


class Portfolio:
    def __init__(self):
        self._shares = {"ACME": 10, "BOLT": 5}
        self._price = {"ACME": 7, "BOLT": 20, "CORD": 3}

    def buy(self, share, pieces):
        self._shares[share] = pieces  # site: buy

    def value(self):
        total = 0
        try:
            for share, pieces in self._shares.items():  # site: walk
                total += pieces * self._price[share]  # site: add
        except RuntimeError:  # expect: DCT301
            return 0
        return total


def show(portfolio, screen):
    screen.append(portfolio.value())


def main():
    portfolio = Portfolio()
    screen = []
    display = threading.Thread(target=show, args=(portfolio, screen))
    broker = threading.Thread(target=portfolio.buy, args=("CORD", 100))
    display.start()
    broker.start()
    for thread in (display, broker):
        thread.join()
    return screen[0]


if __name__ == "__main__":
    print(f"the portfolio is worth {main()}")
