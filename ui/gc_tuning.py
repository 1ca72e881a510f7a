"""Short pauses of Python's garbage collector, however many visitors there are.

A full collection looks at every object in the process: the libraries' own hundred thousands make
that 170 ms in which nobody's slider moves, every few seconds. What is there once the libraries and
the model are loaded stays for good, so the collector is told to leave it alone (`gc.freeze`), and
to come less often for what visitors leave behind.
"""

from __future__ import annotations

import gc

#: Objects made before the youngest are looked at, then how many such looks before the next older.
#: Python's own 700, 10, 10 is for programs with little memory: here one run makes thousands.
THRESHOLDS = (2_000, 20, 20)


def freeze_loaded() -> None:
    """Set apart what has been loaded so far. To be called once the server is ready."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
