"""Whichever thread logs goes through the secrets, before any handler takes its lock."""

import logging
import threading


class Secrets(logging.Filter):
    def __init__(self):
        super().__init__()
        self.secrets = set()

    def add(self, secret):
        self.secrets.add(secret)  # site: add
        return secret

    def filter(self, record):
        for secret in self.secrets:  # expect: DCT101 with add at medium
            record.msg = record.msg.replace(secret, "***")
        return True


def work():
    logging.warning("working")


threading.Thread(target=work).start()
