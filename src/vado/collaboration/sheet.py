"""The paper form: what is printed on it, and what a person said who filled it in."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from vado.collaboration import texts
from vado.collaboration.keys import BLOCK, CANNOT, importance_of, instrument_named
from vado.model.reading import Issue, issue
from vado.model.returned import Doubt, Leaf, Mark, Sheet
from vado.model.survey import CANNOT_SAY, Answer, Instrument, Round, Who

FREE = "missing"  # label of the box for free text
_MOST_BLOCKS = 3
_CODE = re.compile(r"VADO1;([^;]+);([^;]+);([^;]*);([a-z]+);([a-z]{2});(\d{1,2});([A-Z0-9]*)")
_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "how": "Put a cross in one box of each row, with a dark pen. To take a cross back, write the right answer beside the row: "
        "somebody will look at it.",
        "blocks": "Most in the way (up to three)", "page": "page", "of": "of", "back": "Give it back to whoever handed it out.",
        "alt": "Code that says which form this is; it does not say who you are", "as": "Form for", "question": "Question",
    },
    "es": {
        "how": "Marque con una cruz una casilla de cada fila, con bolígrafo oscuro. Para anular una cruz, escriba al lado de la fila "
        "la respuesta correcta: alguien la mirará.",
        "blocks": "Lo que más estorba (hasta tres)", "page": "página", "of": "de", "back": "Devuélvalo a quien se lo dio.",
        "alt": "Código que dice qué formulario es este; no dice quién es usted", "as": "Formulario para", "question": "Pregunta",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Printed:
    """What the code on a page says."""

    instrument: str  # 'ford|1'
    round: str
    voice: str  # "": for whoever writes it down
    who: str
    language: str
    page: int
    code: str = ""  # of an invitation; "": none is printed


def code_text(printed: Printed) -> str:
    """Write what the QR code of a page holds."""
    p = printed
    return f"VADO1;{p.instrument};{p.round};{p.voice};{p.who};{p.language};{p.page};{p.code}"


def read_code(text: str) -> Printed | None:
    """Read it again; None: it is a code of something else."""
    if not (found := _CODE.fullmatch(text)):
        return None
    instrument, round_, voice, who, language, page, code = found.groups()
    return Printed(instrument, round_, voice, who, language, int(page), code)


def paper_key(who: Who, language: str) -> str:
    """Name the form of a role in a language."""
    return f"{who.value}/{language}"


def paper(instrument: Instrument, who: Who, language: str) -> dict[str, Any]:
    """Give what is printed on every copy of a form, whoever's it is: the values of tools/answer_sheet.typ."""
    dimensions = [
        {
            "id": d.id, "text": d.text[language], "importance": importance_of(d.id),
            "items": [
                {"id": i.id, "text": i.text[language], "levels": [s[language] for s in i.levels]} for i in items
            ],
        }
        for d, items in instrument.asked(who)
    ]  # fmt: skip
    return {
        "language": language, "title": instrument.title[language], "role": texts.ROLES[who][language],
        "stem": instrument.stems.get(who.value, {}).get(language, ""), "intro": texts.INTRO[language],
        "levels": [s[language] for s in instrument.levels], "cannot": instrument.cannot_say[language], "cannot_code": CANNOT,
        "importance": [s[language] for s in instrument.importance], "importance_text": texts.IMPORTANCE[language],
        "blocks": BLOCK, "missing": texts.MISSING[language], "free": FREE, "dimensions": dimensions, "words": _WORDS[language],
        "instrument": instrument_named(instrument), "round": "", "voice": "", "qrs": [],
    }  # fmt: skip


@dataclass
class _Form:
    """Pages of one copy."""

    leaves: list[Leaf] = field(default_factory=list)

    def takes(self, leaf: Leaf) -> bool:
        last = self.leaves[-1] if self.leaves else None
        if last is None:
            return True
        one, other = read_code(last.code), read_code(leaf.code)
        alike = one is None or other is None or replace(one, page=0) == replace(other, page=0)
        return leaf.paper == last.paper and leaf.page > last.page and alike


def sheets_of(
    leaves: Iterable[Leaf], instrument: Instrument, round_: Round, pages: Mapping[str, int], day: str
) -> tuple[list[Sheet], list[Issue]]:  # fmt: skip
    """Put pages together to forms, in the order of the scan, and read what they say.

    Args:
        leaves: as they were seen; those that are no page of a form are said.
        instrument: of the round.
        round_: whose forms they must be.
        pages: how many pages each form has, by its key.
        day: on which they are brought.
    """
    forms: list[_Form] = []
    said: list[Issue] = []
    for leaf in leaves:
        printed = read_code(leaf.code)
        if not leaf.paper:
            said.append(issue("SV-020", page=leaf.number))
        elif printed and (printed.round, printed.instrument) != (round_.id, instrument_named(instrument)):
            said.append(issue("SV-008", row=leaf.number, column="QR"))
        elif forms and forms[-1].takes(leaf):
            forms[-1].leaves.append(leaf)
        else:
            forms.append(_Form([leaf]))
    sheets = [s for f in forms if (s := _sheet(f.leaves, instrument, round_, day, said, pages))]
    return sheets, said


def _sheet(  # noqa: PLR0913, PLR0917
    leaves: Sequence[Leaf], instrument: Instrument, round_: Round, day: str, said: list[Issue], pages: Mapping[str, int]
) -> Sheet | None:
    first = leaves[0]
    said += [issue("SV-023", page=leaf.number) for leaf in leaves if leaf.strange]
    if len(leaves) < pages.get(first.paper, 1):
        said.append(issue("SV-021", page=first.number))
    marks = [m for leaf in leaves for m in leaf.marks]
    if not marks:
        said.append(issue("SV-024", page=first.number))
        return None
    printed = next((p for leaf in leaves if (p := read_code(leaf.code))), None)
    voice = printed.voice if printed and round_.named(printed.voice) else ""
    who = Who(first.paper.partition("/")[0])
    empty = Answer("", round_.id, voice, who, day=day, means="paper")
    answer, doubts = _said(marks, empty, instrument)
    return Sheet(first.number, answer, doubts, printed.code if printed else "")


def _said(marks: Sequence[Mark], answer: Answer, instrument: Instrument) -> tuple[Answer, tuple[Doubt, ...]]:
    doubts: list[Doubt] = []
    sure: dict[str, str] = {}
    blocks = [m for m in marks if m.label.startswith(BLOCK)]
    many = sum(m.sure for m in blocks) > _MOST_BLOCKS
    for mark in marks:
        block = mark.label.startswith(BLOCK)
        if mark.label == FREE or not mark.sure or (block and many):
            doubts.append(Doubt(mark.label, options_of(mark.label, instrument), mark.option, mark.crop))
        else:
            sure[mark.label] = mark.option
    return with_marks(answer, sure, instrument), tuple(doubts)


def options_of(label: str, instrument: Instrument) -> tuple[str, ...]:
    """Give what can be said in a box, or boxes, of this label; (): free text."""
    if label == FREE:
        return ()
    if label.startswith(BLOCK):
        return ("1",)
    if label in instrument.items:
        levels = instrument.items[label].levels or instrument.levels
        return (*(str(n) for n in range(1, len(levels) + 1)), CANNOT)
    return tuple(str(n) for n in range(1, len(instrument.importance) + 1))


def with_marks(answer: Answer, said: Mapping[str, str], instrument: Instrument) -> Answer:
    """Add what boxes say; what is not among a box's options is nothing."""
    scores, importance, blocks = dict(answer.scores), dict(answer.importance), list(answer.blocks)
    missing = answer.missing
    weighed = {importance_of(d.id): d.id for d in instrument.dimensions}
    for label, option in said.items():
        if label == FREE:
            missing = option.strip()[:2000]
        elif option not in options_of(label, instrument):
            continue
        elif label in weighed:
            importance[weighed[label]] = int(option)
        elif label.startswith(BLOCK):
            blocks.append(label.removeprefix(BLOCK))
        else:
            scores[label] = CANNOT_SAY if option == CANNOT else int(option)
    some = tuple(dict.fromkeys(blocks))[:_MOST_BLOCKS]
    return replace(answer, scores=scores, importance=importance, blocks=some, missing=missing)
