"""Waiting for what another thread or process does: until a time, never for a number of tries, which a quick machine is through at once."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def soon(look: Callable[[], T], seconds: float = 20) -> T:
    """Look again and again until there is something; give it, or what there was at the end."""
    end = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < end:
        time.sleep(0.02)
    return found
