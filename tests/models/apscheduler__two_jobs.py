"""Two jobs of one scheduler run beside each other."""

from apscheduler.schedulers.background import BackgroundScheduler

prices = {}


def fetch():
    for symbol in ("A", "B"):
        prices[symbol] = ask(symbol)  # site: fetch


def publish():
    for symbol, price in prices.items():  # expect: DCT101 with fetch at high
        print(symbol, price)


def ask(symbol):
    return len(symbol)


def main():
    scheduler = BackgroundScheduler()
    scheduler.add_job(fetch, "interval", seconds=1)
    scheduler.add_job(publish, "interval", seconds=5)
    scheduler.start()
