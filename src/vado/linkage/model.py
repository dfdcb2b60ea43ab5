"""What agreement and disagreement weigh: the shipped weights, or those trained on a place's own people."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.resources import files
from math import log2
from typing import Any

import orjson

from vado.model.person import Contribution

MODEL = "matching.json"  # in the data folder of a place
_CAP = 3.5  # bits that common names take away, or rare ones add, in one field


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From how many bits a pair is linked without asking, where name, birth date and sex fit, and from how many a person is asked."""

    probable: float = 27.0
    possible: float = 15.0
    origin: str = "shipped"  # or when they were learnt, and from how many answers


@dataclass(frozen=True, slots=True)
class Model:
    """Bits of each (field, level), and of each name: below 0 for a common one. Fellegi and Sunter (1969); Winkler (2000) for frequencies."""

    bits: Mapping[tuple[str, str], float]
    names: Mapping[str, float] = field(default_factory=dict)  # name -> bits that its agreement adds or takes
    rare: float = 0.0  # bits of a name that is not listed
    origin: str = "shipped"  # 'shipped', or when and on how many patients it was trained
    said: dict[tuple[str, str], Contribution] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )  # of levels, as weighed
    thresholds: Thresholds = Thresholds()

    def of_names(self, shared: set[str]) -> float:
        """Say how much more or less than usual it tells that these names agree."""
        return max(-_CAP, min(_CAP, sum(self.names.get(n, self.rare) for n in shared)))

    def is_name(self, name: str) -> bool:
        """Say whether a name is one that several people bear: then it is hardly a slip for another."""
        return name in self.names

    def plain(self) -> dict[str, Any]:
        """Give it as JSON."""
        bits: dict[str, dict[str, float]] = {}
        for (one, level), value in self.bits.items():
            bits.setdefault(one, {})[level] = value
        return {
            "origin": self.origin, "bits": bits, "names": dict(self.names), "rare": self.rare, "thresholds": asdict(self.thresholds),
        }  # fmt: skip


@cache
def shipped() -> Model:
    """Give the weights that come with Vado: set by hand, never zero."""
    table = tomllib.loads((files("vado.linkage") / "weights.toml").read_text("utf-8"))
    bits = {(f, level): round(log2(m / u), 2) for f, levels in table["m_u"].items() for level, (m, u) in levels.items()}
    common: dict[str, float] = {name: table["common_bits"] for name in table["common"]}
    return Model(bits, common)


def from_json(text: str | bytes) -> Model:
    """Read a trained model; what it does not say is as shipped.

    Raises:
        ValueError: it is none.
    """
    plain = orjson.loads(text)
    bits = {(f, level): float(b) for f, levels in plain["bits"].items() for level, b in levels.items()}
    thresholds = Thresholds(**plain.get("thresholds", {}))
    return Model(
        {**shipped().bits, **bits},
        plain.get("names", {}),
        float(plain.get("rare", 0)),
        plain.get("origin", "trained"),
        thresholds,
    )
