"""A QThread fills the table that a slot of the user interface walks."""

from PySide6.QtCore import QObject, QThread, QTimer


class Scan(QThread):
    def __init__(self):
        super().__init__()
        self.found = {}

    def run(self):
        for name in ("a", "b"):
            self.found[name] = len(name)  # site: found


class Window(QObject):
    def __init__(self):
        super().__init__()
        self.scan = Scan()
        self.scan.start()
        self.timer = QTimer()
        self.timer.timeout.connect(self._show)
        self.timer.start(100)

    def _show(self):
        for name, size in self.scan.found.items():  # expect: DCT101 with found at medium
            print(name, size)
