"""A bank's accounts, and the statement that is printed while customers come and go."""

import threading


class Accounts:
    def __init__(self):
        self._opening = threading.Lock()
        self._printing = threading.Lock()
        self._balance = {"ann": 10, "bob": 20}
        self.statement = []

    def open(self, name):
        with self._opening:
            self._balance[name] = 0  # site: open

    def close(self, name):
        with self._opening:
            self._balance.pop(name, None)

    def print_statement(self):
        with self._printing:
            for name, balance in self._balance.items():  # site: walk  # expect: DCT106 with open
                self.statement.append(f"{name} {balance}")  # site: line


def main():
    accounts = Accounts()
    printer = threading.Thread(target=accounts.print_statement)
    printer.start()
    accounts.open("eve")
    printer.join()
    return accounts.statement


if __name__ == "__main__":
    print(", ".join(main()))
