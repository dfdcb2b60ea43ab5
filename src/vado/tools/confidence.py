"""The chance that a line was read right, from what its reading gives away. The numbers were fitted on pages whose print is known.

They stand in confidence.json, with where they come from; `python -m benchmarks paper fit` makes them again.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

_DOUBT = 0.8  # chance under which any line is looked at again
_DIGITS_DOUBT = 0.985  # and one that holds digits: a wrong dose or birth date does most harm
_MOST = 0.99  # print read by a machine is never certain


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a line gave: its text, and how it stood with each letter."""

    text: str
    chances: tuple[float, ...]  # of each letter, as the recogniser claims, 0..1
    margin: float  # of the closest call between two letters, 0..1
    missed: float  # the greatest chance that a letter stood where none was read, 0..1
    height: int  # px, of the line's picture


FEATURES = ("one", "weakest", "mean", "margin", "missed", "length", "digits", "strange", "low", "one_letter", "differs")


def features(first: Look, second: Look | None = None) -> NDArray[np.float64]:
    """Give what the chance is worked out from, in the order of FEATURES; no second look counts as one that agrees."""
    letters = first.text.replace(" ", "")
    chances = np.clip(first.chances or (0.0,), 1e-4, 1 - 1e-4)
    weakest = float(chances.min())
    strange = sum(not (c.isascii() or c in _OURS) for c in letters)
    return np.array([
        1.0,
        np.log(weakest / (1 - weakest)),
        float(np.log(chances / (1 - chances)).mean()),
        first.margin,
        np.log10(max(first.missed, 1e-4)),
        np.log(max(len(letters), 1)),
        float(any(c.isdigit() for c in letters)),
        min(strange, 3),
        max(0.0, 20 - first.height) / 10,
        float(len(letters) == 1),
        0.0 if second is None else float(min(_unlike(letters, second.text.replace(" ", "")), 3)),
    ])  # fmt: skip


_OURS = frozenset("áéíóúüñçàèòïÁÉÍÓÚÜÑÇÀÈÒÏ¿¡ºª°€£µμ²³±·’‘“”–—•≥≤×§")


def _unlike(a: str, b: str) -> int:
    from rapidfuzz.distance import Levenshtein

    return Levenshtein.distance(a, b)


def of(first: Look, second: Look | None = None) -> float:
    """Give the chance in [0, 0.99] that the line's text is right as a whole, spaces apart."""
    weights = _weights()
    told = float(features(first, second) @ weights)
    return round(min(_MOST, float(1 / (1 + np.exp(-np.clip(told, -30, 30))))), 2)


def worth_a_second_look(first: Look, chance: float) -> bool:
    """Say whether this line is read with doubt; a lesser doubt is enough where it holds digits."""
    return chance < (_DIGITS_DOUBT if any(c.isdigit() for c in first.text) else _DOUBT)


@cache
def _weights() -> NDArray[np.float64]:
    kept = json.loads((files("vado.tools") / "confidence.json").read_text("utf-8"))
    return np.array([kept["weights"][name] for name in FEATURES])
