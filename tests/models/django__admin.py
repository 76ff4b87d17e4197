"""One ModelAdmin serves all requests."""

from django.contrib import admin


class BookAdmin(admin.ModelAdmin):
    def __init__(self, *args):
        super().__init__(*args)
        self.counts = {}

    def get_queryset(self, request):
        self.counts[request.path] = self.counts.get(request.path, 0) + 1  # expect: DCT104 at medium
        return super().get_queryset(request)
