"""What the parts of a record are called on what goes out, in English and Spanish."""

from vado.model.record import Kind
from vado.terms.printed import WORDS

_WORDS = {
    "title": ("Patient summary", "Resumen del paciente"),
    "what": ("What", "Qué"),
    "detail": ("Detail", "Detalle"),
    "when": ("When", "Cuándo"),
    "source": ("Source", "Fuente"),
    "note": ("Note", "Nota"),
    "disputed": ("Sources disagree", "Las fuentes no coinciden"),
    "nothing": ("No information", "Sin información"),
    "at": ("As of", "A fecha de"),
}


def heading(kind: Kind, language: str) -> str:
    """Name a part of a record; languages other than Spanish get English."""
    return WORDS["es" if is_spanish(language) else "en"]["kinds"][kind]


def word(name: str, language: str) -> str:
    """Give one of the words of a summary."""
    return _WORDS[name][is_spanish(language)]


def is_spanish(language: str) -> bool:
    """Say whether a BCP 47 tag is one of Spanish."""
    return language.split("-")[0].casefold() == "es"
