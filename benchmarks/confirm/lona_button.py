"""A view disables a button while another thread sets attributes of it, as another view that shows it does."""

from lona.html import Button
from pair import side_by_side

button = Button("Send")


def toggle(number):
    button.disabled = True
    button.disabled = False


def decorate(number):
    button.attributes[f"data-{number}"] = "1"
    button.ignore = True
    button.ignore = False
    button.attributes.pop(f"data-{number}")


side_by_side(toggle, decorate)
