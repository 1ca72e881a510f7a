"""Keep the pauses of Python's garbage collector short, regardless of the number of visitors.

A full collection visits every object in the process. With the libraries' several hundred thousand
objects, it blocks all visitors for 170 ms every few seconds. Objects that exist once the libraries
and the model are loaded are never freed, so `gc.freeze` exempts them from collection; higher
thresholds make collections of the remaining objects less frequent.
"""

from __future__ import annotations

import gc

#: Allocations per collection of the youngest generation, then collections per collection of the
#: next older one. Python's defaults (700, 10, 10) are too low, because one run of a page allocates
#: thousands of objects.
THRESHOLDS = (2_000, 20, 20)


def freeze_loaded() -> None:
    """Exempt all present objects from garbage collection. Call this once the server is ready."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
