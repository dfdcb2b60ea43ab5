"""What changed since the round before, and whether it is more than who answers now."""

from dataclasses import dataclass, replace

import numpy as np

from vado.collaboration.measures.gaps import found
from vado.collaboration.measures.rounds import linked, stayers
from vado.collaboration.permuted import by_chance
from vado.collaboration.published import Decision, linked_with, units
from vado.collaboration.respondents import CITIZENS, EVERYBODY, STAFF, Respondents, of
from vado.collaboration.shown import CANNOT, HIDDEN, Figure, Shown, figure

BETTER, WORSE, UNSHOWN, TOO_FEW = "better", "worse", "not shown", "too few"
PAIRED = 10  # linked people under whom nothing is said of the test: of fewer it would stand only where all moved the same way


@dataclass(frozen=True, slots=True)
class Changed:
    """What is shown of one dimension's change, of organisations as a whole or of citizens."""

    voice: str  # STAFF or CITIZENS
    dimension: str
    change: Figure  # points
    p: float | None  # None: nothing is shown
    verdict: str  # BETTER, WORSE, UNSHOWN or TOO_FEW
    stayed: Figure = CANNOT  # of those who answered both times, in points
    who: Figure = CANNOT  # from who answers now, in points
    paired_p: float | None = None  # of the sign-flip test of those who answered both times; None: fewer than `PAIRED`, or hidden
    paired: str = TOO_FEW  # the verdict of that test


def changes(
    before: Respondents, after: Respondents, decisions: tuple[Decision, Decision], chance: np.random.Generator
) -> tuple[Changed, ...]:
    """Compare two rounds that asked the same: same questions, same version, else nothing is compared.

    Of organisations those count whose score is shown both times: the change tells nothing that their scores do not.
    """
    if before.round.instrument != after.round.instrument:
        return ()
    raw = [c for voice in (STAFF, CITIZENS) for c in _of_voice(before, after, decisions, voice, chance)]
    stand, paired = (_standing([getattr(c, p) for c in raw]) for p in ("p", "paired_p"))
    return tuple(
        replace(
            c,
            verdict=_verdict(c.change, stand[n]) if n in stand else c.verdict,
            paired=_verdict(c.stayed, paired[n]) if n in paired else c.paired,
        )
        for n, c in enumerate(raw)
    )


def _standing(p_values: list[float | None]) -> dict[int, bool]:
    """Say which tests of a page stand, judged together, by their places; those that were not made are left out."""
    tested = {n: p for n, p in enumerate(p_values) if p is not None}
    return dict(zip(tested, found([*tested.values()]), strict=True))


def _of_voice(
    before: Respondents, after: Respondents, decisions: tuple[Decision, Decision], voice: str, chance: np.random.Generator
) -> list[Changed]:
    """Compare one voice on all dimensions; those of which the same organisations are shown are tested together."""
    same: dict[tuple[str, ...], list[int]] = {}
    for d in range(len(after.of_dimension)):
        parts = [_parts(r, decision, voice, d) for r, decision in zip((before, after), decisions, strict=True)]
        same.setdefault(tuple(o for o in parts[0] if o in parts[1]), []).append(d)
    found_: dict[int, Changed] = {}
    for shown, columns in same.items():
        if not shown:
            found_ |= {d: Changed(voice, after.instrument.dimensions[d].id, HIDDEN, None, TOO_FEW) for d in columns}
            continue
        of_both = [(r, [r.groups[g] for g in shown]) for r in (before, after)]
        values = np.concatenate([r.scores[m][:, columns] for r, masks in of_both for m in masks])
        labels = np.concatenate([np.full(m.sum(), r is after) for r, masks in of_both for m in masks])
        stratum = np.concatenate([np.full(m.sum(), k) for _, masks in of_both for k, m in enumerate(masks)])
        strata = [stratum == k for k in range(len(shown))]
        p = by_chance(values, [labels], strata, chance, each=True)[0]
        moved = np.mean(
            [np.nanmean(values[s & labels], axis=0) - np.nanmean(values[s & ~labels], axis=0) for s in strata], axis=0
        )
        n = (~np.isnan(values)).sum(axis=0)
        for k, d in enumerate(columns):
            name = after.instrument.dimensions[d].id
            stay = _stayed(before, after, decisions, d, chance) if voice == STAFF else (CANNOT, CANNOT, None)
            found_[d] = Changed(voice, name, figure(float(moved[k]), int(n[k]), "change"), round(float(p[k]), 4), UNSHOWN, *stay)
    return [found_[d] for d in sorted(found_)]


def _parts(sheet: Respondents, decision: Decision, voice: str, d: int) -> list[str]:
    """Name the groups of which a voice is made up, that are shown and have a score."""
    if voice == STAFF:
        return [of(o) for o in units(sheet, d, decision.scores) if o]
    name = sheet.instrument.dimensions[d].id
    scored = not np.isnan(sheet.scores[sheet.groups[CITIZENS], d]).all()
    return [CITIZENS] if scored and (CITIZENS, name) not in decision.scores else []


def _stayed(
    before: Respondents, after: Respondents, decisions: tuple[Decision, Decision], d: int, chance: np.random.Generator
) -> tuple[Figure, Figure, float | None]:
    """Split the change of all respondents in what changed in those whose codes link both rounds, and what comes from who answers now.

    With the p of the first, where enough are linked; it draws from chance of its own, so that all else is as without codes.
    """
    name = after.instrument.dimensions[d].id
    a, b = before.linked(after)[:, d], after.linked(before)[:, d]
    if not a.any():
        return CANNOT, CANNOT, None
    shut = decisions[0].scores | decisions[1].scores
    if {(EVERYBODY, name), (linked_with(after), name), (linked_with(before), name)} & shut:
        return HIDDEN, HIDDEN, None
    was, now = (
        {
            (x.code if m else f"-{x.id}"): float(s)
            for x, m, s, counts in zip(r.answers, mask, r.scores[:, d], r.groups[EVERYBODY], strict=True)
            if counts and not np.isnan(s)
        }
        for r, mask in ((before, a), (after, b))
    )
    same = was.keys() & now.keys()
    in_them, came = stayers(was, now)
    p = linked([now[w] - was[w] for w in sorted(same)], chance.spawn(1)[0]).p if len(same) >= PAIRED else None
    return figure(in_them, len(same), "stayers"), figure(came, len(was) + len(now), "who answers"), p


def _verdict(change: Figure, stands: bool) -> str:
    if not stands or not isinstance(change, Shown) or change.value == 0:
        return UNSHOWN
    return BETTER if change.value > 0 else WORSE
