"""What a response leaves to be done begins when the handler is over: nobody walks through the page any more then."""

from fastapi import BackgroundTasks, FastAPI

app = FastAPI()


class Page:
    def __init__(self):
        self.elements = {}

    def render(self):
        return [element.text for element in self.elements.values()]

    def clear(self):
        for number in list(self.elements):
            del self.elements[number]


@app.get("/page")
def page(background_tasks: BackgroundTasks):
    one = Page()
    background_tasks.add_task(one.clear)
    return one.render()
