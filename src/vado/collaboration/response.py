"""FHIR QuestionnaireResponses as answers: one, several in a Bundle, or one a line (NDJSON). Nobody's name is taken from them."""

from collections.abc import Iterator
from typing import Any

from vado.collaboration.keys import importance_of
from vado.collaboration.told import Reader, Row
from vado.model.reading import Issue, issue

_WHO = ("subject", "author", "source", "encounter", "basedOn", "partOf", "contained")
_DEEP = 8  # groups within groups


def responses_of(resource: Any) -> list[dict[str, Any]]:
    """Find the responses in what was sent."""
    some = resource if isinstance(resource, list) else [resource]
    found: list[dict[str, Any]] = []
    for one in some:
        if isinstance(one, dict) and one.get("resourceType") == "Bundle":
            found += responses_of([e.get("resource") for e in _list(one.get("entry")) if isinstance(e, dict)])
        elif isinstance(one, dict) and one.get("resourceType") == "QuestionnaireResponse":
            found.append(one)
    return found


def rows_of(responses: list[dict[str, Any]], reader: Reader, canonical: str) -> tuple[list[Row], list[Issue]]:
    """Give what became of each response, numbered as they come, and what is said of the file.

    Args:
        responses: as `responses_of` finds them.
        reader: understands rows of the round.
        canonical: of the round's questionnaire, with its version; a response that names another belongs to another round.
    """
    links = {*reader.instrument.items, *(importance_of(d.id) for d in reader.instrument.dimensions)}
    links |= {"role", "voice", "blocks", "missing"}
    named = sorted({key for one in responses for key in _WHO if one.get(key)})
    said = [issue("SV-013", what=", ".join(named))] if named else []
    found: list[Row] = []
    seen: dict[str, int] = {}
    for number, one in enumerate(responses, 1):
        theirs = one.get("questionnaire")
        if isinstance(theirs, str) and not _same(theirs, canonical):
            found.append(Row(number, None, (issue("SV-008", row=number, column="questionnaire"),)))
            continue
        told: dict[str, str] = {}
        for link, values in _answers(one):
            if link in links and values:
                told[link] = " ".join([told[link], *values]) if link in told else " ".join(values)
        told["day"] = str(one.get("authored") or "")[:10]
        told["instance"] = _instance(one)
        same = repr(sorted(told.items()))
        seen[same] = seen.get(same, 0) + 1
        found.append(reader.row(number, told, nth=1 if told["instance"] else seen[same]))
    return found, said


def ties_of(responses: list[dict[str, Any]]) -> list[tuple[int, dict[str, str], dict[str, str]]]:
    """Give (number of the response, what it says, nothing) of each tie that responses tell, in the words of `ties`."""
    found: list[tuple[int, dict[str, str], dict[str, str]]] = []
    for number, one in enumerate(responses, 1):
        voice = next((" ".join(values) for link, values in _answers(one) if link == "voice"), "")
        for group in _groups(one, "roster"):
            said = {link.removeprefix("roster."): " ".join(values) for link, values in _answers(group) if values}
            if said.get("other"):
                found.append((number, {"own": voice, **said}, {}))
    return found


def _groups(holder: dict[str, Any], link: str, deep: int = 0) -> Iterator[dict[str, Any]]:
    for item in _list(holder.get("item")) if deep < _DEEP else []:
        if isinstance(item, dict):
            if item.get("linkId") == link:
                yield item
            yield from _groups(item, link, deep + 1)


def _same(theirs: str, ours: str) -> bool:
    """Compare addresses with their versions; where they stand may differ, as a copy on another server does."""
    return theirs.rpartition("/")[2] in {ours.rpartition("/")[2], ours.rpartition("/")[2].partition("|")[0]}


def _instance(one: dict[str, Any]) -> str:
    identifier = one.get("identifier")
    value = identifier.get("value") if isinstance(identifier, dict) else None
    return str(value or one.get("id") or "")


def _answers(holder: dict[str, Any], deep: int = 0) -> Iterator[tuple[str, list[str]]]:
    for item in _list(holder.get("item")) if deep < _DEEP else []:
        if isinstance(item, dict):
            answers = [a for a in _list(item.get("answer")) if isinstance(a, dict)]
            yield str(item.get("linkId")), [v for a in answers if (v := _value(a))]
            yield from _answers(item, deep + 1)


def _value(answer: dict[str, Any]) -> str:
    coding = answer.get("valueCoding")
    if isinstance(coding, dict):
        return str(coding.get("code") or coding.get("display") or "")
    plain = next((v for k, v in answer.items() if k.startswith("value")), "")
    return str(plain) if isinstance(plain, str | int | float) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
