"""`dictlint confirm`: the program is run, and each finding gets a verdict.

findings -> plan (what to watch) -> runs (the user's command, watched from inside) -> evidence -> verdicts.

`inside` is the part that runs in the user's process: it imports `dictlint.runtime` and nothing else of dictlint, and
nothing at all that does not come with Python. This module stays empty, because whoever imports `inside` imports it.
"""
