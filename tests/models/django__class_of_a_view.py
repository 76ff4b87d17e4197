"""A dict in the class body is shared by the views of all requests."""

from django.views import View


class Board(View):
    seen = {}

    def get(self, request):
        self.seen[request.path] = self.seen.get(request.path, 0) + 1  # expect: DCT104 at medium
        return self.seen
