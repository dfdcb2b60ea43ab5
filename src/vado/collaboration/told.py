"""One person's answers, told as texts by key, checked against questionnaire and register: an Answer, or every reason why not."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from vado.collaboration.keys import BLOCK, CANNOT, importance_of, instrument_named
from vado.model.person import plain_letters
from vado.model.reading import Issue, issue
from vado.model.survey import CANNOT_SAY, Answer, Instrument, Item, Round, Said, Who

_CODE = re.compile(r"(?:a|ao|al|sq)?0*([0-9]+)(?:\.0+)?")  # '3', '3.0', and LimeSurvey's 'A3', 'AO03'
_OWN_ID = 16  # letters of an instance id that nobody gives twice by chance
_MOST_BLOCKS = 3
_MOST_LETTERS = 2000  # of free text
_CANNOT = {CANNOT, "na", "don't know", "no se"}
_NOTHING = {"", "n/a", "null", "nan"}
_YES = {"1", "true", "yes", "si", "y", "x"}


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one row."""

    number: int  # as a person finds it in the file
    answer: Answer | None
    issues: tuple[Issue, ...] = ()


@dataclass
class Reader:
    """Understands rows of one round. `means`: as Answer names it."""

    instrument: Instrument
    round: Round
    means: str
    day: str  # of an answer that says none
    _found: list[Issue] = field(default_factory=list)

    def row(self, number: int, told: Mapping[str, str], where: Mapping[str, str] | None = None, nth: int = 1) -> Row:
        """Give the answer of one row, or why it is none: a row is taken whole or not at all.

        Args:
            number: of the row in its file.
            told: key -> text, see `keys`.
            where: key -> how its column is called for a person; else the key.
            nth: which one this is of rows that say just the same.
        """
        self._found, self._number, self._where = [], number, where or {}
        told = {k: text for k, v in told.items() if (text := str(v).strip()) and plain_letters(text) not in _NOTHING}
        if not told.keys() - {"round", "instrument", "role", "voice", "day", "instance"}:
            return Row(number, None, (issue("SV-005", row=number),))
        self._same("round", told, self.round.id)
        self._same("instrument", told, instrument_named(self.instrument))
        who, voice = self._who(told), self._voice(told)
        scores = self._scores(told, who)
        importance = {
            d.id: n for d in self.instrument.dimensions
            if (key := importance_of(d.id)) in told
            and (n := self._level(key, told[key], self.instrument.importance, cannot=False)) is not None
        }  # fmt: skip
        blocks, day = self._blocks(told), self._day(told.get("day", ""))
        if self._found or who is None:
            return Row(number, None, tuple(self._found))
        made = Answer(
            "",
            self.round.id,
            voice,
            who,
            scores,
            importance,
            blocks,
            told.get("missing", "")[:_MOST_LETTERS],
            day,
            "",
            self.means,
        )
        return Row(number, replace(made, id=id_of(made, told.get("instance", ""), nth)))

    def _complain(self, code: str, key: str, allowed: str = "") -> None:
        slots: dict[str, str | int] = {"row": self._number, "column": self._where.get(key, key)}
        self._found.append(issue(code, None, **(slots | ({"allowed": allowed} if allowed else {}))))

    def _same(self, key: str, told: Mapping[str, str], ours: str) -> None:
        if key in told and told[key] != ours:
            self._complain("SV-008", key)

    def _who(self, told: Mapping[str, str]) -> Who | None:
        said = plain_letters(told.get("role", ""))
        found = next((w for w in Who if said == w.value), None) or _ROLES.get(said)
        if found is None:
            self._complain("SV-004", "role")
        return found

    def _voice(self, told: Mapping[str, str]) -> str:
        said = told.get("voice", "")
        if self.round.named(said):
            return said
        alike = [v.id for v in (*self.round.organisations, *self.round.groups) if plain_letters(v.name) == plain_letters(said)]
        if len(alike) != 1:
            self._complain("SV-001", "voice")
            return ""
        return alike[0]

    def _scores(self, told: Mapping[str, str], who: Who | None) -> dict[str, int]:
        scores: dict[str, int] = {}
        for id_, item in self.instrument.items.items():
            if id_ not in told:
                continue
            if who and item.who and who not in item.who:
                self._complain("SV-003", id_)
            elif (level := self._level(id_, told[id_], _levels(item, self.instrument))) is not None:
                scores[id_] = level
        return scores

    def _level(self, key: str, text: str, levels: tuple[Said, ...], *, cannot: bool = True) -> int | None:
        plain = plain_letters(text)
        if cannot and (plain in _CANNOT or plain in {plain_letters(t) for t in self.instrument.cannot_say.values()}):
            return CANNOT_SAY
        if (code := _CODE.fullmatch(plain)) and 1 <= int(code[1][:3]) <= len(levels):
            return int(code[1])
        words = [n for n, said in enumerate(levels, 1) if plain in {plain_letters(t) for t in said.values()}]
        if len(words) == 1:
            return words[0]
        self._complain("SV-002", key, allowed=f"1–{len(levels)}" + (f", {CANNOT}" if cannot else ""))
        return None

    def _blocks(self, told: Mapping[str, str]) -> tuple[str, ...]:
        named = re.split(r"[\s,;|]+", told.get("blocks", ""))
        named += [k.removeprefix(BLOCK) for k, v in told.items() if k.startswith(BLOCK) and plain_letters(v) in _YES]
        found = tuple(dict.fromkeys(n for n in named if n))
        if len(found) > _MOST_BLOCKS or any(n not in self.instrument.items for n in found):
            self._complain("SV-007", "blocks")
        return found

    def _day(self, text: str) -> str:
        """No finer than the day; a time of day could say who it was."""
        if not text:
            return self.day
        try:
            return datetime.fromisoformat(text).date().isoformat() if len(text) > 10 else date.fromisoformat(text).isoformat()
        except ValueError:
            self._complain("SV-009", "day")
            return ""


_ROLES = {
    "profesional": Who.PRACTITIONER, "directivo": Who.MANAGER, "gestor": Who.MANAGER, "responsable": Who.MANAGER,
    "ciudadano": Who.CITIZEN, "ciudadana": Who.CITIZEN, "ciudadania": Who.CITIZEN,
}  # fmt: skip


def _levels(item: Item, instrument: Instrument) -> tuple[Said, ...]:
    return item.levels or instrument.levels


def id_of(answer: Answer, instance: str, nth: int = 1) -> str:
    """Give the same id to the same submission, however often it is brought: it is then kept once.

    A submission with an id of its own (ODK, FHIR) is known by that, even where it was edited since; a short one ('17'), or none,
    counts only together with what was answered. Nothing can be told from an id without having the file.
    """
    said = [answer.round, instance]
    if len(instance) < _OWN_ID:
        said += [answer.voice, answer.who, *(f"{k}={v}" for k, v in sorted((answer.scores | answer.importance).items()))]
        said += [*answer.blocks, answer.missing, str(nth)]
    return hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:32]
