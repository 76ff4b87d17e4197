"""flask: app.run() serves each request in its own thread, views and the functions around them; class-based views are
made anew unless they ask to be shared; so are the resources of flask-restful.
"""
# model: flask
# needs: flask, flask_restful

import proof
from flask import Flask
from flask.views import MethodView
from flask_restful import Api, Resource

app = Flask(__name__)
api = Api(app)
plain, around, late, fresh, shared, resource, coroutine = (proof.Witness(2) for _ in range(7))


@app.route("/plain")
def index():  # activity: thread, many
    with plain.inside():
        return "plain"


@app.before_request
def before():  # activity: thread, many
    from flask import request

    if request.path == "/around":
        with around.inside():
            return "around"


@app.get("/async")
async def slow():  # activity: thread, many
    with coroutine.inside():
        return "async"


class Fresh(MethodView):
    def get(self):  # activity: thread, many, fresh
        with fresh.inside(self):
            return "fresh"


class Shared(MethodView):
    init_every_request = False

    def get(self):  # activity: thread, many
        with shared.inside(self):
            return "shared"


class Item(Resource):
    def get(self):  # activity: thread, many, fresh
        with resource.inside(self):
            return "item"


def added():  # activity: thread, many
    with late.inside():
        return "late"


app.add_url_rule("/late", view_func=added)
app.add_url_rule("/fresh", view_func=Fresh.as_view("fresh"))
app.add_url_rule("/shared", view_func=Shared.as_view("shared"))
api.add_resource(Item, "/item")

if __name__ == "__main__":
    port = proof.free_port()
    proof.aside(app.run, port=port)
    proof.listening(port)
    paths = {"plain": plain, "around": around, "late": late, "fresh": fresh, "shared": shared, "item": resource}
    for name, witness in paths.items():
        proof.together(2, lambda _, name=name: proof.get(port, f"/{name}"))
        witness.ran_at_once()
        witness.ran_elsewhere()
    fresh.had_fresh_objects()
    resource.had_fresh_objects()
    shared.had_one_object()
    try:
        import asgiref  # noqa: F401
    except ImportError:
        pass
    else:
        proof.together(2, lambda _: proof.get(port, "/async"))
        coroutine.ran_at_once()
    proof.done()
