"""One page for all: what one response leaves to be done clears it while the handler of the next one walks through it."""

from fastapi import BackgroundTasks, FastAPI

app = FastAPI()


class Page:
    def __init__(self):
        self.elements = {}

    def render(self):
        return [element.text for element in self.elements.values()]  # expect: DCT101

    def clear(self):
        for number in list(self.elements):
            self.elements.pop(number, None)


front = Page()


@app.get("/page")
def page(background_tasks: BackgroundTasks):
    background_tasks.add_task(front.clear)
    return front.render()
