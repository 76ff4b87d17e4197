"""The thread hands over what it found by a signal; one thread alone has the table."""

from PySide6.QtCore import QObject, QThread, QTimer, Signal


class Scan(QThread):
    found = Signal(str)

    def run(self):
        for name in ("a", "b"):
            self.found.emit(name)


class Window(QObject):
    def __init__(self):
        super().__init__()
        self._names = {}
        self.scan = Scan()
        self.scan.found.connect(self._on_found)
        self.timer = QTimer()
        self.timer.timeout.connect(self._show)
        self.scan.start()

    def _on_found(self, name):
        self._names[name] = self._names.get(name, 0) + 1

    def _show(self):
        for name, count in self._names.items():
            print(name, count)
