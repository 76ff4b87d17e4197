"""Qt: QThread.run, QRunnable.run and slots of moved objects run in other threads, slots of other objects in their own."""
# model: qt
# needs: PySide6

import proof
from PySide6.QtCore import QCoreApplication, QObject, QRunnable, QThread, QThreadPool, QTimer, Signal

scanned, pooled, moved, slotted, ticked = (proof.Witness() for _ in range(5))


class Scan(QThread):
    found = Signal(str)

    def run(self):  # activity: thread, sure
        with scanned.inside():
            self.found.emit("x")


class Job(QRunnable):
    def run(self):  # activity: thread, sure
        with pooled.inside():
            pass


class Worker(QObject):
    def work(self):  # activity: thread, sure
        with moved.inside():
            pass


class Window(QObject):
    def __init__(self):
        super().__init__()
        self.scan = Scan()
        self.scan.found.connect(self._on_found)
        self.timer = QTimer()
        self.timer.timeout.connect(self._tick)
        self.thread_ = QThread()
        self.worker = Worker()
        self.worker.moveToThread(self.thread_)
        self.thread_.started.connect(self.worker.work)

    def start(self):
        self.timer.start(10)
        self.scan.start()
        self.thread_.start()
        QThreadPool.globalInstance().start(Job())

    def _on_found(self, name):  # activity: loop
        with slotted.inside():
            assert name == "x"

    def _tick(self):  # activity: loop
        with ticked.inside():
            pass
        if scanned.threads and pooled.threads and moved.threads and slotted.threads:
            QCoreApplication.quit()


if __name__ == "__main__":
    app = QCoreApplication([])
    window = Window()
    window.start()
    app.exec()
    for witness in (scanned, pooled, moved):
        witness.ran_elsewhere()
    for witness in (slotted, ticked):
        witness.ran_here()
    proof.done()
