"""From a partner's Patient fact to what can be compared."""

import re
from collections.abc import Iterable

from vado.model.fact import Fact, FhirJson
from vado.model.person import Demographics, Identifier, plain_letters
from vado.model.reading import Fidelity

PARTICLES = frozenset(
    ["de", "del", "la", "las", "los", "el", "y", "i", "e", "van", "von", "der", "den", "da", "do", "dos", "di", "du"]
)
_TITLES = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "dra",
        "sir",
        "dame",
        "lady",
        "lord",
        "rev",
        "prof",
        "don",
        "dona",
        "sr",
        "sra",
        "srta",
        "d",
        "jr",
        "snr",
        "jnr",
        "phd",
        "md",
    ]
)
# What stands where nobody knew: it agrees with everybody and tells nothing.
_UNSAID = "unknown unk desconocido desconocida anonymous anonimo anonima none null xxx noname"
_UNNAMED = "baby bebe boy girl newborn rn recien nacido nacida infant twin gemelo gemela test prueba paciente patient"
_NOT_SAID = frozenset(_UNSAID.split())
_NOT_NAMED = _NOT_SAID | frozenset(_UNNAMED.split())
_NOBODY = ({"john", "doe"}, {"jane", "doe"})
_NO_DATE = frozenset(("1900-01-01", "1901-01-01", "1800-01-01", "1111-11-11", "9999-12-31", "1899-12-31", "1753-01-01"))
_NAMED = {"given", "family", "text"}
_LETTER_OF = {"0": "o", "1": "i", "2": "z", "5": "s", "6": "g", "8": "b"}
_FORMER = {"old", "maiden"}
_SYSTEM_OF = {"urn:oid:2.16.840.1.113883.2.1.4.1": "https://fhir.nhs.uk/Id/nhs-number"}  # NHS number, by its OID


def normalise(fact: Fact) -> Demographics:
    """Give what the Patient resource of this fact says, ready for comparison; what was not said stays empty."""
    patient = fact.resource
    read = fact.evidence.fidelity is Fidelity.IMAGE and not fact.evidence.reviewed
    names = [n for n in patient.get("name", ()) if n.get("use") not in _FORMER]
    names.sort(key=lambda n: (n.get("use") != "official", n.get("use") in {"nickname", "anonymous"}))
    given, family = _somebody(*_name(_letters(names[0]) if read else names[0])) if names else ((), ())
    former = (token for n in patient.get("name", ()) if n.get("use") in _FORMER for token in _name(n)[1])
    addresses = [a for a in patient.get("address", ()) if a.get("use") != "old" and not a.get("period", {}).get("end")]
    return Demographics(
        patient=fact.id,
        partner=fact.evidence.partner,
        identifiers=_identifiers(patient.get("identifier", ())),
        given=given,
        family=family,
        former=tuple(dict.fromkeys(former)),
        birth_date="" if patient.get("birthDate", "") in _NO_DATE else patient.get("birthDate", ""),
        gender=patient.get("gender", "") if patient.get("gender") in {"male", "female", "other"} else "",
        phones=_unique(_phone(t["value"]) for t in _telecom(patient, {"phone", "sms"})),
        emails=_unique(t["value"].strip().casefold() for t in _telecom(patient, {"email"})),
        postal_codes=_unique(_tight(a.get("postalCode", "")) for a in addresses),
        address=_address(addresses[0]) if addresses else (),
        city="".join(_words(addresses[0].get("city", ""))) if addresses else "",
        multiple_birth=bool(patient.get("multipleBirthBoolean") or patient.get("multipleBirthInteger")),
        from_image=read,
    )


def _letters(name: FhirJson) -> FhirJson:
    """Read figures inside the words of a name as the letters that OCR takes for them: 'Garc1a' -> 'Garcia'."""
    read = {k: [_unfigured(w) for w in v] if isinstance(v, list) else _unfigured(v) for k, v in name.items() if k in _NAMED}
    return name | read


def _unfigured(text: str) -> str:
    return re.sub(r"(?<=[^\W\d_])[012568]|[012568](?=[^\W\d_])", lambda m: _LETTER_OF[m[0]], text)


def _name(name: FhirJson) -> tuple[tuple[str, ...], tuple[str, ...]]:
    given, family, text = " ".join(name.get("given", ())), name.get("family", ""), name.get("text", "")
    if given or family:
        return _words(given), _words(family)
    if "," in text:  # 'Surname, Given'
        family, _, given = text.partition(",")
        return _words(given), _words(family)
    words = _words(text)
    return words[:1], words[1:]


def _somebody(given: tuple[str, ...], family: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Leave out what is no name: 'Baby Girl', 'Unknown', 'RN', 'John Doe'."""
    if {*given, *family} in _NOBODY:
        return (), ()
    return tuple(w for w in given if w not in _NOT_NAMED), tuple(w for w in family if w not in _NOT_SAID)


def _words(text: str) -> tuple[str, ...]:
    """Split into plain tokens without titles and particles; a name of particles only keeps them."""
    joined = re.sub(r"['’`´]", "", plain_letters(text))  # O'Brien is one surname
    words = tuple(re.findall(r"[^\W\d_]+", joined))
    kept = tuple(w for w in words if w not in PARTICLES and w not in _TITLES)
    return kept or words


def _identifiers(identifiers: Iterable[FhirJson]) -> tuple[Identifier, ...]:
    found = {
        Identifier(_SYSTEM_OF.get(i.get("system", "")) or i.get("system", ""), _tight(i["value"]))
        for i in identifiers
        if i.get("value") and not _filler(i["value"]) and i.get("use") != "old" and not i.get("period", {}).get("end")
    }
    return tuple(sorted((i for i in found if i.value), key=lambda i: (i.system, i.value)))


def _filler(value: str) -> bool:
    """Say whether a number is one figure again and again, as forms are filled where it is not known."""
    tight = _tight(value)
    return len(tight) > 4 and len(set(tight)) == 1


def _telecom(patient: FhirJson, systems: set[str]) -> Iterable[FhirJson]:
    return (t for t in patient.get("telecom", ()) if t.get("system") in systems and t.get("value") and t.get("use") != "old")


def _tight(value: str) -> str:
    return re.sub(r"[\W_]+", "", value).upper()


def _phone(value: str) -> str:
    """Keep the last nine digits: what is left without country code or trunk zero in Spain and Britain."""
    digits = re.sub(r"\D", "", value)
    return digits[-9:] if len(digits) >= 9 and len(set(digits[-9:])) > 2 else ""


def _address(address: FhirJson) -> tuple[str, ...]:
    text = " ".join(address.get("line", ())) or address.get("text", "")
    return _unique(w for w in re.findall(r"[^\W_]+", plain_letters(text)) if w not in PARTICLES)


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(v for v in values if v))
