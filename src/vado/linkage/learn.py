"""What answers on doubts teach: from how many bits two patients are linked without asking, and from how many a person is asked.

A threshold moves only when answers on the pairs that it would move show, at the lower end of a 95 % interval, that enough of them are
right (Wilson 1927), and when no step of one bit among them is shown to be worse. Pairs are counted by steps of one bit; within a step
those that are asked are drawn by lot, and a region is believed only as far as its least answered step (stratified sampling: Cochran 1977,
chapter 5), so answers may come in any order. Which pair is asked next: the one whose region spares most questions for each answer
that is still wanting.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import floor

from vado.linkage.decide import graded
from vado.linkage.model import Model, Thresholds
from vado.linkage.weigh import weigh
from vado.model.original import stable_id
from vado.model.person import Demographics, MatchGrade
from vado.model.share import wilson

BOUND = 0.99  # share of the pairs that a threshold moves which must be right
LEAST = 100  # answers below which nothing moves
_SURE = 3.0  # of a 99.7 % interval: many steps are looked at, again and again
_NEVER = 100_000  # answers
_EAGER, _SHY = Thresholds(0.0, 0.0), Thresholds(1e9, 1e9)  # bits from which anybody, and nobody, is linked


@dataclass(frozen=True, slots=True)
class Pair:
    """A doubt as learning sees it: how much speaks for it, what only bits keep from happening, and what a person said."""

    id: str
    weight: float  # bits, by the model in force
    may_link: bool  # name, birth date and sex fit: linked if it had the bits
    may_drop: bool  # asked for its bits alone: not asked if more were wanted
    verdict: str = ""  # 'same', 'different'; "" open

    @property
    def step(self) -> int:
        """The bit step that it stands on."""
        return floor(self.weight)


def pair(id_: str, a: Demographics, b: Demographics, model: Model, verdict: str = "") -> Pair:
    """Look at a doubt between two patients anew."""
    if a.patient == b.patient:
        return Pair(id_, 0.0, False, False, verdict)
    why = weigh(a, b, model)  # takes longest, and is the same for both
    eager = graded(a, b, why, replace(model, thresholds=_EAGER))
    shy = graded(a, b, why, replace(model, thresholds=_SHY))
    may_link = eager is not None and eager.grade is MatchGrade.PROBABLE and (shy is None or shy.grade is not MatchGrade.PROBABLE)
    return Pair(id_, eager.weight if eager else 0.0, may_link, eager is not None and shy is None, verdict)


@dataclass(frozen=True, slots=True)
class Region:
    """The pairs that one threshold would move, and what was answered on them."""

    threshold: float
    links: bool  # True: those from the threshold up, to be linked; False: those below it, not to be asked
    pairs: int
    open: int
    answers: float  # as many as count, when every step is believed only as far as it was answered
    share: float  # of the pairs that would be right to move
    worst: float  # upper end of the 99.7 % interval of the worst step

    def moves(self, p: Pair) -> bool:
        """Say whether the threshold would decide this pair."""
        return p.may_link and p.step >= floor(self.threshold) if self.links else p.may_drop and p.weight < self.threshold

    @property
    def lowest(self) -> float:
        """What share is at least right: the lower end of the 95 % interval."""
        return wilson(self.share * self.answers, self.answers)[0]

    def is_proven(self, bound: float, least: int = LEAST) -> bool:
        """Say whether the threshold may be taken."""
        return self.answers >= least and self.lowest >= bound and self.worst >= bound

    def wanting(self, bound: float, least: int = LEAST) -> int:
        """Say how many answers are still wanting, if all of them are right; _NEVER when it will hardly be."""
        right, low, high = self.share * self.answers, 0, _NEVER
        if self.worst < bound or wilson(right + high, self.answers + high)[0] < bound:
            return _NEVER
        while low < high:
            middle = (low + high) // 2
            shown = wilson(right + middle, self.answers + middle)[0] >= bound and self.answers + middle >= least
            low, high = (low, middle) if shown else (middle + 1, high)
        return low


@dataclass(frozen=True, slots=True)
class Learnt:
    """Thresholds that answers speak for, and the regions that they rest on; None: that one stays."""

    thresholds: Thresholds
    link: Region | None
    ask: Region | None
    answers: int


def learn(pairs: Iterable[Pair], now: Thresholds, origin: str, bound: float = BOUND, least: int = LEAST) -> Learnt:
    """Give the thresholds that the answers speak for: the lowest to link from, the highest to ask from.

    Args:
        pairs: all doubts, open and answered by a person.
        now: thresholds in force. They are only ever moved towards fewer questions; taking a step back is a person's decision.
        origin: what is noted of them.
        bound: the share, 0..1, of the moved pairs that has to be right.
        least: answers below which nothing moves.
    """
    some = tuple(pairs)
    link = next((r for r in reversed(links(some, now)) if r.is_proven(bound, least)), None)
    ask = next((r for r in reversed(drops(some, now)) if r.is_proven(bound, least)), None)
    answers = sum(bool(p.verdict) for p in some)
    if not link and not ask:
        return Learnt(now, None, None, answers)
    probable = link.threshold if link else now.probable
    possible = min(ask.threshold if ask else now.possible, probable)
    return Learnt(Thresholds(probable, possible, origin), link, ask, answers)


def links(pairs: Iterable[Pair], now: Thresholds) -> list[Region]:
    """Regions from a threshold up, widest last: right is who is the same."""
    own = [p for p in pairs if p.may_link]
    steps = [s for s in _steps(own) if s < now.probable]
    return [_region(max(float(s), now.possible), True, [p for p in own if p.step >= s]) for s in reversed(steps)]


def drops(pairs: Iterable[Pair], now: Thresholds) -> list[Region]:
    """Regions below a threshold, widest last: right is who is another."""
    own = [p for p in pairs if p.may_drop]
    steps = [s for s in _steps(own) if now.possible < s + 1 <= now.probable]
    return [_region(s + 1.0, False, [p for p in own if p.step <= s]) for s in steps]


def order(pairs: Sequence[Pair], now: Thresholds, bound: float = BOUND, least: int = LEAST) -> list[tuple[Pair, int]]:
    """Give the open pairs, the most telling first, each with how many questions its region may spare; 0: none.

    Equal ones, and pairs that no threshold moves, come by how uncertain their step is and how many stand on it, then by lot.
    """
    best = [r for r in (_best(links(pairs, now), bound, least), _best(drops(pairs, now), bound, least)) if r]
    gains = {r: r.open / r.wanting(bound, least) for r in best}
    steps: dict[int, list[Pair]] = {}
    for p in pairs:
        steps.setdefault(p.step, []).append(p)
    answered = {step: sum(bool(p.verdict) for p in here) / len(here) for step, here in steps.items()}
    doubt = {step: _uncertain(here) for step, here in steps.items()}

    def key(p: Pair) -> tuple[float, float, float, str]:
        gain = max((gains[r] for r in best if r.moves(p)), default=0.0)
        return -gain, answered[p.step] if gain else 0.0, -doubt[p.step], stable_id("lot", p.id)

    waiting = sorted((p for p in pairs if not p.verdict), key=key)
    return [(p, max((r.open for r in best if r.moves(p)), default=0)) for p in waiting]


def _uncertain(step: list[Pair]) -> float:
    """How uncertain the answers on this step are, times how many wait there."""
    said = [p.verdict for p in step if p.verdict]
    same = (said.count("same") + 1) / (len(said) + 2)
    return same * (1 - same) * (len(step) - len(said))


def _best(regions: list[Region], bound: float, least: int) -> Region | None:
    """The region that spares most questions for each answer still wanting."""
    hopeful = [r for r in regions if r.open and 0 < r.wanting(bound, least) < _NEVER]
    return max(hopeful, key=lambda r: r.open / r.wanting(bound, least), default=None)


def _steps(pairs: Iterable[Pair]) -> list[int]:
    return sorted({p.step for p in pairs})


def _region(threshold: float, links: bool, pairs: list[Pair]) -> Region:
    right = "same" if links else "different"
    steps = [[p for p in pairs if p.step == s] for s in _steps(pairs)]
    told = [(len(some), sum(bool(p.verdict) for p in some), sum(p.verdict == right for p in some)) for some in steps]
    answers = min((n * len(pairs) / size for size, n, _ in told), default=0.0)
    asked = sum(size for size, n, _ in told if n)
    share = sum(size * good / n for size, n, good in told if n) / asked if asked else 0.0
    worst = min((wilson(good, n, _SURE)[1] for _, n, good in told), default=1.0)
    return Region(threshold, links, len(pairs), sum(not p.verdict for p in pairs), answers, share, worst)
