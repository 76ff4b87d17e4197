"""Tasks run in processes of the worker: what they change, the web server does not have."""

from celery import shared_task
from flask import Flask

app = Flask(__name__)
sent = {}


@shared_task
def send(address):
    sent[address] = sent.get(address, 0) + 1  # expect: DCT206


@app.route("/sent")
def listed():
    return [address.title() for address in sent]
