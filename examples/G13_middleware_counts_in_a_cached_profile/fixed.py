"""A web shop's middleware: whoever sends a token gets the profile from a cache that all requests share."""

import threading

PROFILES = {"t-17": {"name": "ada", "pages": 0}}
PROFILES_LOCK = threading.Lock()


class Session:
    """Middleware: counts the page views in the profile and hands it to the application."""

    def __init__(self, application):
        self._application = application

    def __call__(self, environ, start_response):
        with PROFILES_LOCK:
            profile = PROFILES[environ["HTTP_TOKEN"]]
            profile["pages"] = profile["pages"] + 1  # site: count
            environ["profile"] = dict(profile)
        return self._application(environ, start_response)


def page(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"Hello {environ['profile']['name']}".encode()]


application = Session(page)


def request(token):
    """What a threaded server does for each connection."""
    b"".join(application({"HTTP_TOKEN": token}, lambda status, headers: None))


def main():
    requests = [threading.Thread(target=request, args=("t-17",)) for _ in range(4)]
    for thread in requests:
        thread.start()
    for thread in requests:
        thread.join()
    return PROFILES["t-17"]["pages"]


if __name__ == "__main__":
    print(f"{main()} of 4 page views counted")
