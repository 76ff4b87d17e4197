"""One job never runs beside itself."""

from apscheduler.schedulers.blocking import BlockingScheduler

prices = {}


def fetch():
    for symbol in ("A", "B"):
        prices[symbol] = prices.get(symbol, 0) + 1
    for symbol, price in prices.items():
        print(symbol, price)


def main():
    scheduler = BlockingScheduler()
    scheduler.add_job(fetch, "interval", seconds=1)
    scheduler.start()
