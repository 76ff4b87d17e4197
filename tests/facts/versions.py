"""Of branches for one Python only those are followed that Python 3 takes."""

import sys

import six


class Store:
    def __init__(self):
        self.d = {}

    def by_name(self, k):
        if six.PY2:
            self.d["old"] = k  # no-fact: access
        else:
            self.d["new"] = k  # fact: access %self.d setitem
        if not six.PY3:
            self.d["old"] = k  # no-fact: access
        self.d["both"] = k  # fact: access %self.d setitem

    def by_version(self, k):
        if sys.version_info[0] == 2:
            return self.d.pop("old")  # no-fact: access
        elif sys.version_info >= (3, 0):
            self.d["new"] = k  # fact: access %self.d setitem
        if sys.version_info < (3,):
            self.d["old"] = k  # no-fact: access
        if sys.version_info.major > 2:
            self.d["new"] = k  # fact: access %self.d setitem
        return k

    def by_minor(self, k):
        if sys.version_info < (3, 12):
            self.d["older"] = k  # fact: access %self.d setitem
        if sys.version_info[1] == 2:
            self.d["second"] = k  # fact: access %self.d setitem
