"""What branches know of parameters and of attributes."""

from collections.abc import Mapping

READY = 1


class Job:
    def run(self, force, state=None, mode="fast"):
        if force:
            start(state)  # fact: given %force true is
        else:
            stop(state)  # fact: given %force true not
        if state is None:
            return
        go(state)  # fact: given %state =None not
        if self.phase != READY or not mode:
            raise ValueError
        go(mode)  # fact: given %self.phase READY is  # fact: given %mode true is

    def step(self, name, count):
        for each in name:
            if self.phase == Phase.DONE and count:
                continue
            go(each)  # no-fact: given
        if count:
            if name == "x":
                return
            go(name)  # fact: given %name ='x' not
        go(count)  # no-fact: given
        try:
            assert self.phase is not None
            go(name)  # fact: given %self.phase =None not
        finally:
            stop(name)  # no-fact: given

    def flagged(self, name, count):
        known = True
        if not name:
            name = self.name
            known = False
        if known:
            go(name)  # fact: given %name true is
        else:
            go(count)  # fact: given %name true not
        counted = False
        if count:
            counted = True
        if self.more:
            counted = False
        if counted:
            go(name)  # no-fact: given

    def late(self, name):
        name = name.strip()
        if name:
            go(name)  # no-fact: given

    def call(self, name):
        go(name, name + "x", len(name) + 1)  # fact: call go 0=%name 1==?
        go(name, key=name + "x")  # fact: call go 0=%name key==?


def typed(data, other, name):
    if isinstance(data, list):
        go(name)  # fact: type %data list is
    elif isinstance(data, (Mapping, Other)) and not isinstance(other, dict):
        go(name)  # fact: type %data list not # fact: type %data Mapping,Other is # fact: type %other dict not
    if not isinstance(data, str):
        return
    go(name)  # fact: type %data str is
    if isinstance(data, Other) or isinstance(len(data), int):
        go(name)  # no-fact: type %data Other


class Table:
    def renew(self, source, stale):
        self.rows = source.rows()
        go(self.rows)  # no-fact: new
        with self.lock:
            if stale:
                self.rows = source.rows()
                go(self.rows)  # fact: new %self.rows
            go(self.rows)  # no-fact: new
            self.rows = {}
            go(self.rows)  # fact: new %self.rows

    def rounds(self, name):
        while self.up and name:
            if not name.go():
                self.up = False
                return
            go(name)  # fact: turn %self.up true is  # no-fact: given
        go(self)  # no-fact: turn
