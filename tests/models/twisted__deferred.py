"""Work that was deferred to a thread fills the table that the protocol walks."""

from twisted.internet import threads
from twisted.internet.protocol import Protocol

answers = {}


class Ask(Protocol):
    def dataReceived(self, data):
        threads.deferToThread(resolve, data)
        for question, answer in answers.items():  # expect: DCT101 with resolve at medium
            self.transport.write(render(question, answer))


def resolve(question):
    answers[question] = render(question, "x")  # site: resolve


def render(question, answer):
    return question + answer
