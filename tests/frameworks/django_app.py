"""django: requests run in threads at once; class-based views and viewsets are made anew for each, admin classes and
middleware are shared.
"""
# model: django
# needs: django, rest_framework

import proof
from django.conf import settings

settings.configure(
    DEBUG=True,
    SECRET_KEY="x",
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    MIDDLEWARE=[f"{__name__}.Stamp"],
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.admin"],
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None},
)

import django

django.setup()

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.core.servers.basehttp import WSGIServer, get_internal_wsgi_application, run
from django.http import HttpResponse
from django.urls import path
from django.utils.deprecation import MiddlewareMixin
from django.views import View
from django.views.decorators.http import require_GET
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

plain, marked, based, viewset, stamped, managed = (proof.Witness(2) for _ in range(6))


class Stamp(MiddlewareMixin):
    def process_request(self, request):  # activity: thread, many
        if request.path == "/stamped":
            with stamped.inside(self):
                return HttpResponse("stamped")
        return None


def index(request):  # activity: thread, many
    with plain.inside():
        return HttpResponse("plain")


@require_GET
def only(request):  # activity: thread, many
    with marked.inside():
        return HttpResponse("marked")


class Page(View):
    def get(self, request):  # activity: thread, many, fresh
        with based.inside(self):
            return HttpResponse("based")


class Orders(ViewSet):
    def list(self, request):  # activity: thread, many, fresh
        with viewset.inside(self):
            return Response("orders")


class Users(admin.ModelAdmin):
    def has_module_permission(self, request):  # activity: thread, many
        with managed.inside(self):
            return False


def menu(request):  # activity: thread, many
    request.user = AnonymousUser()
    admin.site.each_context(request)  # what each page of the admin does
    return HttpResponse("menu")


admin.site.unregister(User)
admin.site.register(User, Users)
urlpatterns = [
    path("menu", menu),
    path("plain", index),
    path("marked", only),
    path("based", Page.as_view()),
    path("orders", Orders.as_view({"get": "list"})),
]

if __name__ == "__main__":
    import sys

    sys.modules["django_app"] = sys.modules["__main__"]
    port = proof.free_port()
    proof.aside(run, "127.0.0.1", port, get_internal_wsgi_application(), threading=True, server_cls=WSGIServer)
    proof.listening(port)
    paths = {"plain": plain, "marked": marked, "based": based, "orders": viewset, "stamped": stamped, "menu": managed}
    for name, witness in paths.items():
        proof.together(2, lambda _, name=name: proof.get(port, f"/{name}"))
        witness.ran_at_once()
        witness.ran_elsewhere()
    based.had_fresh_objects()
    viewset.had_fresh_objects()
    stamped.had_one_object()
    managed.had_one_object()
    proof.done()
