"""Sums up the sales of each shop, a thread for each."""

import threading

SALES = {"Lyon": [120, 80], "Oslo": [40, 60, 10], "Rome": [300]}


def add_up(shop, totals):
    totals[shop] = sum(SALES[shop])


def main():
    totals = {}
    clerks = []
    for shop in SALES:
        clerks.append(threading.Thread(target=add_up, args=(shop, totals)))
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()
    return totals


if __name__ == "__main__":
    print(f"totals of {len(main())} of {len(SALES)} shops")
