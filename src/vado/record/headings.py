"""What the parts of a record are called on what goes out, in English and Spanish."""

from vado.model.record import Kind

_HEADINGS = {
    Kind.ALLERGY: ("Allergies and intolerances", "Alergias e intolerancias"),
    Kind.MEDICATION: ("Medications", "Medicación"),
    Kind.PROBLEM: ("Problems", "Problemas de salud"),
    Kind.RESULT: ("Results", "Resultados"),
    Kind.VITAL: ("Vital signs", "Constantes vitales"),
    Kind.IMMUNIZATION: ("Immunizations", "Vacunas"),
    Kind.PROCEDURE: ("Procedures", "Procedimientos"),
    Kind.ENCOUNTER: ("Encounters", "Episodios"),
    Kind.PLAN: ("Plan of care", "Plan de cuidados"),
    Kind.SOCIAL: ("Social history", "Hábitos y situación social"),
    Kind.DEVICE: ("Devices", "Dispositivos"),
    Kind.DOCUMENT: ("Documents", "Documentos"),
    Kind.OTHER: ("Other", "Otros"),
}
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
    return _HEADINGS[kind][is_spanish(language)]


def word(name: str, language: str) -> str:
    """Give one of the words of a summary."""
    return _WORDS[name][is_spanish(language)]


def is_spanish(language: str) -> bool:
    """Say whether a BCP 47 tag is one of Spanish."""
    return language.split("-")[0].casefold() == "es"
