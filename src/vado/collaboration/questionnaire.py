"""A questionnaire as a FHIR R4 Questionnaire, in both languages: ordinal values, who is asked what, and the roster.

Sources: FHIR R4 4.0.1, Questionnaire; extensions ordinalValue (on the answer's Coding), translation, questionnaire-maxOccurs.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from vado.collaboration import texts
from vado.collaboration.keys import CANNOT, importance_of
from vado.model.survey import Instrument, Item, Round, Said, Who

Json = dict[str, Any]
BASE = "https://vado.invalid/collaboration"  # of what has no address of its own
_HL7 = "http://hl7.org/fhir/StructureDefinition"
_FIRST, _OTHERS = "en", ("es",)


def canonical(instrument: Instrument, base: str = BASE) -> str:
    """Give the address that responses name, with the version: '...|1'."""
    return f"{base}/Questionnaire/{instrument.id}|{instrument.version}"


def questionnaire(instrument: Instrument, round_: Round | None = None, *, base: str = BASE, roster: bool = True) -> Json:
    """Give the Questionnaire; with a round, its register is what can be chosen as voice."""
    levels, extra = f"{base}/CodeSystem/{instrument.id}-levels", f"{base}/CodeSystem/{instrument.id}"
    items: list[Json] = [
        _item("intro", texts.INTRO, "display"),
        _choice("role", texts.ROLE, [_option(f"{extra}-roles", w.value, s) for w, s in texts.ROLES.items()]) | {"required": True},
    ]
    items += [_voice(extra, round_)] if round_ else [_item("voice", texts.VOICE, "string") | {"required": True}]
    for dimension in instrument.dimensions:
        asked = [_scored(item, instrument, levels) for item in dimension.items]
        weights = [_option(f"{extra}-importance", str(n), said, n) for n, said in enumerate(instrument.importance, 1)]
        asked.append(_choice(importance_of(dimension.id), texts.IMPORTANCE, weights))
        items.append(_item(dimension.id, dimension.text, "group") | {"item": asked})
    named = [_option(extra, i.id, i.text) for i in instrument.items.values()]
    most = {"url": f"{_HL7}/questionnaire-maxOccurs", "valueInteger": 3}
    items.append({"extension": [most], **_choice("blocks", texts.BLOCKS, named), "repeats": True})
    items.append(_item("missing", texts.MISSING, "text"))
    if roster:
        items.append(_roster(extra, round_))
    title = _said("title", instrument.title)
    return {
        "resourceType": "Questionnaire", "language": _FIRST, "url": f"{base}/Questionnaire/{instrument.id}",
        "version": instrument.version, "name": f"Vado{instrument.id.title().replace('-', '')}", **title, "status": "active",
        "publisher": instrument.source, "copyright": instrument.licence, "item": items,
    }  # fmt: skip


def _voice(extra: str, round_: Round) -> Json:
    named = [_option(f"{extra}-voices", v.id, _same(v.name)) for v in (*round_.organisations, *round_.groups)]
    return _choice("voice", texts.VOICE, named) | {"required": True}


def _scored(item: Item, instrument: Instrument, system: str) -> Json:
    if item.levels:
        system = f"{system}-{item.id}"
    options = [_option(system, str(n), said, n) for n, said in enumerate(item.levels or instrument.levels, 1)]
    options.append(_option(system, CANNOT, instrument.cannot_say))
    return _choice(item.id, item.text, options) | _asked_of(item.who, system.split("-levels")[0])


def _asked_of(who: Iterable[Who], extra: str) -> Json:
    when = [
        {"question": "role", "operator": "=", "answerCoding": {"system": f"{extra}-roles", "code": w.value}} for w in who
    ]  # fmt: skip
    return ({"enableWhen": when} | ({"enableBehavior": "any"} if len(when) > 1 else {})) if when else {}


def _roster(extra: str, round_: Round | None) -> Json:
    others = [_option(f"{extra}-voices", o.id, _same(o.name)) for o in round_.organisations] if round_ else []
    tie: list[Json] = [
        _choice("roster.other", texts.OTHER, others) if others else _item("roster.other", texts.OTHER, "string"),
        _graded("roster.often", texts.OFTEN, extra, texts.OFTENS, first=0),
        _choice("roster.direction", texts.DIRECTION, _options(extra, "direction", texts.DIRECTIONS)),
        _choice("roster.what", texts.WHAT, _options(extra, "what", texts.WHATS)) | {"repeats": True},
        _choice("roster.means", texts.MEANS, _options(extra, "means", texts.MEANSES)) | {"repeats": True},
        *(_graded(f"roster.{name}", said, extra, texts.GRADES, first=1) for name, said in texts.GRADED.items()),
        _item("roster.wish", texts.WISH, "string"),
    ]
    warned = _item("roster-intro", texts.ROSTER_INTRO, "display")
    ties = _item("roster", texts.TIE, "group") | {"repeats": True, "item": tie}
    return _item("roster-part", texts.ROSTER, "group") | {"item": [warned, ties]}


def _graded(link: str, text: Said, extra: str, levels: tuple[Said, ...], *, first: int) -> Json:
    system = f"{extra}-{link.replace('.', '-')}"
    return _choice(link, text, [_option(system, str(n), said, n) for n, said in enumerate(levels, first)])


def _options(extra: str, name: str, named: Mapping[str, Said]) -> list[Json]:
    return [_option(f"{extra}-{name}", key, said) for key, said in named.items()]


def _item(link: str, text: Said, kind: str) -> Json:
    return {"linkId": link, **_said("text", text), "type": kind}


def _choice(link: str, text: Said, options: list[Json]) -> Json:
    return {**_item(link, text, "choice"), "answerOption": options}


def _option(system: str, code: str, said: Said, value: int | None = None) -> Json:
    coding: Json = {"system": system, "code": code, **_said("display", said)}
    if value is not None:
        coding = {"extension": [{"url": f"{_HL7}/ordinalValue", "valueDecimal": value}], **coding}
    return {"valueCoding": coding}


def _said(name: str, said: Said) -> Json:
    """Give a text and its translations, as FHIR's extension carries them."""
    others = [
        {
            "url": f"{_HL7}/translation",
            "extension": [{"url": "lang", "valueCode": language}, {"url": "content", "valueString": said[language]}],
        }
        for language in _OTHERS
        if said.get(language) and said[language] != said[_FIRST]
    ]
    return {name: said[_FIRST], **({f"_{name}": {"extension": others}} if others else {})}


def _same(name: str) -> Said:
    return {_FIRST: name}
