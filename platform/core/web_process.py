"""How a web process is set up for many small requests."""

import gc
import os

# So many new objects before the newest are looked through again: a request makes some thousands.
NEWEST, YOUNG, OLD = 20_000, 20, 50


def use_one_thread() -> None:
    """Keep linear algebra to one thread, unless the environment says otherwise.

    A request's arrays are small: threads would only wait for each other. Before NumPy is loaded.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def settle() -> None:
    """Stop looking for garbage in what was loaded, which stays: once everything is."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEWEST, YOUNG, OLD)
