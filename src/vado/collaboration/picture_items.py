"""Question by question: how low, how differently answered, where that sits, how often named as being in the way."""

from dataclasses import dataclass
from math import isnan, nan
from typing import Any

import numpy as np

from vado.collaboration.measures.agreement import between_share, dissent, organisations_alike, within_group
from vado.collaboration.measures.priorities import NAMED, WEIGHTY, block, talk_first
from vado.collaboration.measures.scores import interval_of, scaled
from vado.collaboration.published import ASKED, Decision
from vado.collaboration.respondents import CITIZENS, EVERYBODY, ROLES, STAFF, Respondents
from vado.collaboration.shown import CANNOT, HIDDEN, NOBODY, Figure, Shown, behind, figure
from vado.model.survey import Item

BETWEEN, INSIDE, NEITHER = "between", "inside", ""
_APART, _FAR = 0.25, 0.25  # share between organisations, and dissent, from which it is said where disagreement sits: conventions


@dataclass(frozen=True, slots=True)
class Question:
    """What is shown of one question."""

    item: Item
    dimension: str
    means: dict[str, Figure]  # group -> 0 to 100, of everybody, the roles, and citizens
    dissent: Figure  # 0 all alike, 1 one half at each end
    alike: Figure  # r_wg, not cut off at 0
    between: Figure  # eta squared: share of the spread between organisations (citizens count as one)
    told: Figure  # ICC(1)
    sits: str  # BETWEEN, INSIDE or NEITHER
    importance: Figure  # of its dimension, 0 to 1
    talk: Figure  # 0 to 1
    named: Figure  # share of respondents, %
    cannot_say: Figure  # share of respondents, %
    pressure: Figure  # 0 to 1
    is_block: bool
    spread: tuple[int, ...]  # how many gave 1 .. 5; (): not shown


def questions(sheet: Respondents, decision: Decision) -> tuple[Question, ...]:
    """Give what is shown of every question, in the order of the questionnaire."""
    found, n = [], 0
    for d, columns in enumerate(sheet.of_dimension):
        for _ in range(columns.stop - columns.start):
            found.append(_question(sheet, decision, d, n))
            n += 1
    return tuple(found)


def first_talked_of(all_: tuple[Question, ...]) -> tuple[Question, ...]:
    """Give the questions there is most to talk about, the first first; those that cannot be said are left out."""
    known = [q for q in all_ if isinstance(q.talk, Shown)]
    return tuple(sorted(known, key=lambda q: (-_value(q.talk), q.item.id)))


def blocks(all_: tuple[Question, ...]) -> tuple[Question, ...]:
    """Give the questions that are system blocks, those that press most first."""
    return tuple(sorted((q for q in all_ if q.is_block), key=lambda q: (-_value(q.pressure), q.item.id)))


def importance(sheet: Respondents, d: int, least: int) -> Figure:
    """Give how much a dimension weighs for those who said so, as a share of "a lot"."""
    said = sheet.importance[sheet.groups[EVERYBODY], d]
    said = said[~np.isnan(said)]
    hide = len(said) < least or bool((said == said[0]).all()) if len(said) else False
    return behind(hide, len(said), lambda: figure(float(said.mean()) / 3, len(said), "importance", digits=2))


def _question(sheet: Respondents, decision: Decision, d: int, n: int) -> Question:
    dimension = sheet.instrument.dimensions[d].id
    whole, values = sheet.complete[:, d] & sheet.asked[:, n], sheet.raw[:, n]
    all_, every = sheet.groups[EVERYBODY] & sheet.asked[:, n], sheet.everybody_asked[n]
    means: dict[str, Figure] = {}
    for g in ASKED:
        some = values[sheet.groups[g] & whole]
        hide = (every if g == EVERYBODY else g, dimension) in decision.questions
        means[g] = behind(hide, len(some), lambda s=some: _mean(s))
    untold = every != EVERYBODY and bool({STAFF, *ROLES} & decision.counts)  # how many were asked it would be told here alone
    named, unsaid = (HIDDEN if untold else _share(m[all_, n], decision) for m in (sheet.named, sheet.cannot_say))
    weight = importance(sheet, d, decision.least)
    common: dict[str, Any] = {
        "item": sheet.items[n],
        "dimension": dimension,
        "means": means,
        "importance": weight,
        "named": named,
        "cannot_say": unsaid,
    }
    if not isinstance(means[EVERYBODY], Shown):
        no = means[EVERYBODY]
        return Question(
            **common, dissent=no, alike=no, between=no, told=no, sits=NEITHER, talk=no, pressure=no, is_block=False, spread=()
        )
    return Question(**common, **_apart(sheet, values, whole & all_, weight), **_pressing(values[whole & all_], weight, named))


def _mean(answers: np.ndarray) -> Figure:
    estimate = interval_of([scaled(float(a)) for a in answers])
    return figure(estimate.value, len(answers), "t", interval=(estimate.low, estimate.high))


def _share(who: np.ndarray, decision: Decision) -> Figure:
    n, all_ = int(who.sum()), len(who)
    if all_ == 0:
        return NOBODY
    return HIDDEN if all_ < decision.least or decision.rare(n, all_) else figure(100 * n / all_, all_, "share")


def _apart(sheet: Respondents, values: np.ndarray, whole: np.ndarray, weight: Figure) -> dict[str, Any]:
    """Say how differently it was answered, and where that sits."""
    said = values[whole]
    voice = np.where(sheet.role == CITIZENS, CITIZENS, sheet.organisation)[whole]
    groups = [said[voice == v].tolist() for v in np.unique(voice)]
    n, apart = len(said), dissent(said.tolist())
    share = between_share(groups) if len(groups) > 1 else nan
    talk = talk_first(weight.value, apart, share) if isinstance(weight, Shown) else nan
    sits = NEITHER if apart < _FAR or isnan(share) else BETWEEN if share >= _APART else INSIDE
    spread = tuple(int((said == level).sum()) for level in range(1, 6))
    return {
        "dissent": figure(apart, n, "dissent", digits=2), "alike": figure(within_group(said.tolist()), n, "alike", digits=2),
        "between": figure(share, n, "between", digits=2),
        "told": figure(organisations_alike(groups) if len(groups) > 1 else nan, n, "told", digits=2),
        "sits": sits, "talk": figure(talk, n, "talk", digits=3) if not isnan(talk) else CANNOT, "spread": spread,
    }  # fmt: skip


def _pressing(said: np.ndarray, weight: Figure, named: Figure) -> dict[str, Any]:
    """Say whether it is a block, and how heavily it presses."""
    if not isinstance(weight, Shown) or not isinstance(named, Shown):
        return {"pressure": HIDDEN if HIDDEN in (weight, named) else CANNOT, "is_block": False}
    judged = block([int(v) for v in said], weight.value, named.value / 100)
    return {"pressure": figure(judged.pressure, len(said), "pressure", digits=2), "is_block": judged.is_block}


def _value(one: Figure) -> float:
    return one.value if isinstance(one, Shown) else nan


__all__ = ["BETWEEN", "INSIDE", "NAMED", "NEITHER", "WEIGHTY", "Question", "blocks", "first_talked_of", "importance", "questions"]
