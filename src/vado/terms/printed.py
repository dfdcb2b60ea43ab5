"""What the summary says of its own, in both languages. Values are never translated; only FHIR's own codes are."""

from collections.abc import Mapping
from typing import Any

from vado.model.reading import Fidelity
from vado.model.record import Kind

_EN: dict[str, Any] = {
    "title": "Health record summary", "born": "born", "sex": "Sex", "birth": "Date of birth", "personal": "Name, date of birth, sex", "reached": "Numbers, address and telephone",
    "unknown_name": "Name not known", "unknown_birth": "date of birth not known",
    "record": "Record", "made": "Made", "for": "For", "by": "by Vado", "page": "page", "of": "of", "partner": "Partner",
    "scan": "Scan to open this record", "scan_alt": "QR code with the web address of this record",
    "not_alone": {1: "Joined from what 1 partner sent. It may not be complete: what nobody sent is not here.", 0: "Joined from what {n} partners sent. It may not be complete: what nobody sent is not here."},
    "who": "Who this is, as each partner says", "what": "What", "when": "When", "source": "Source, date and mark",
    "no_date": "no date", "told": "told", "also": "Also told by", "disagree": "Sources disagree",
    "unreviewed": "Read from paper, not confirmed by a person", "reviewed": "confirmed by a person", "sure": "{n} % sure",
    "waiting": "Waiting for review: not facts",
    "waiting_note": "A machine read these words from paper and is not sure. Nobody has confirmed them. Do not rely on them before looking at the original.",
    "attention": "Please note",
    "count_conflict": {1: "On 1 thing the sources disagree. Both sides are printed.", 0: "On {n} things the sources disagree. All sides are printed."},
    "count_unreviewed": {1: "1 value was read from paper and is not confirmed. It is marked.", 0: "{n} values were read from paper and are not confirmed. They are marked."},
    "count_waiting": {1: "1 value waits for a person to review it. It is printed apart, and is not a fact.", 0: "{n} values wait for a person to review them. They are printed apart, and are not facts."},
    "nothing": "Nobody has sent anything about this. That does not mean that there is nothing.",
    "sources": "Who contributed", "facts": "Statements", "newest": "Newest", "age": "How old at the time of printing",
    "number_types": {"MR": "record number", "PI": "internal number", "NH": "health service number", "NI": "national number", "SS": "social security number",
                     "PPN": "passport", "DL": "driving licence", "JHN": "regional health number", "HC": "health card"},
    "risk": {"high": "high risk", "low": "low risk", "unable-to-assess": "risk could not be assessed"},
    "never": "no date given", "today": "of this day", "days": {1: "1 day", 0: "{n} days"},
    "months": {1: "1 month", 0: "{n} months"}, "years": {1: "1 year", 0: "{n} years"},
    "legend": "What the marks mean",
    "legend_note": "The mark says in which form a value reached us. More filled squares: less was left to guess.",
    "lost": {1: "1 statement is in the record and not, or not wholly, in this summary.", 0: "{n} statements are in the record and not, or not wholly, in this summary."},
    "why": {"only source": "only source", "newest": "shown first: newest", "higher on the fidelity ladder": "shown first: better form",
            "read with more confidence": "shown first: read more surely", "confirmed by a person": "shown first: confirmed by a person"},
    "kinds": {
        Kind.ALLERGY: "Allergies and intolerances", Kind.MEDICATION: "Medicines", Kind.PROBLEM: "Problems", Kind.RESULT: "Results",
        Kind.VITAL: "Vital signs", Kind.IMMUNIZATION: "Vaccinations", Kind.PROCEDURE: "Procedures", Kind.ENCOUNTER: "Contacts with care",
        Kind.PLAN: "Plans", Kind.SOCIAL: "Social history", Kind.DEVICE: "Devices", Kind.DOCUMENT: "Documents", Kind.OTHER: "Other",
        Kind.STORY: "What matters to the person",
    },
    "rungs": {Fidelity.IMAGE: "picture", Fidelity.TEXT: "text", Fidelity.FIELDS: "fields", Fidelity.STRUCTURED: "structured", Fidelity.CODED: "coded"},
    "meanings": {
        Fidelity.IMAGE: "Read by a machine from a picture of a page.", Fidelity.TEXT: "Found in written text.",
        Fidelity.FIELDS: "From a named field of a form or a table, in free words.",
        Fidelity.STRUCTURED: "From a standard message, with local codes.", Fidelity.CODED: "From a standard message, with standard codes.",
    },
    "voices": {"person": "the person themselves", "carer": "a carer, for the person"},
    "said": {"male": "male", "female": "female", "entered-in-error": "entered in error", "not-taken": "not taken", "not-done": "not done",
             "on-hold": "on hold", "in-progress": "in progress", "unable-to-assess": "could not be assessed"},
    "types": {
        "Observation": "Observation", "DiagnosticReport": "Report", "Condition": "Problem", "AllergyIntolerance": "Allergy",
        "Immunization": "Vaccination", "Procedure": "Procedure", "Encounter": "Contact with care", "DocumentReference": "Document",
        "Composition": "Summary document", "CarePlan": "Care plan", "ServiceRequest": "Request", "Appointment": "Appointment", "Goal": "Goal",
        "MedicationStatement": "Medicine taken", "MedicationRequest": "Prescription", "MedicationDispense": "Medicine handed over",
        "MedicationAdministration": "Medicine given", "FamilyMemberHistory": "Family history", "Coverage": "Cover", "Consent": "Consent",
        "Flag": "Alert", "CareTeam": "Care team", "Device": "Device", "DeviceUseStatement": "Device in use",
    },
}  # fmt: skip
_ES: dict[str, Any] = {
    "title": "Resumen de la historia de salud", "born": "nacimiento", "sex": "Sexo", "birth": "Fecha de nacimiento", "personal": "Nombre, fecha de nacimiento, sexo", "reached": "Números, dirección y teléfono",
    "unknown_name": "Nombre desconocido", "unknown_birth": "fecha de nacimiento desconocida",
    "record": "Historia", "made": "Hecho", "for": "Para", "by": "por Vado", "page": "página", "of": "de", "partner": "Organización",
    "scan": "Escanee para abrir esta historia", "scan_alt": "Código QR con la dirección web de esta historia",
    "not_alone": {1: "Reúne lo que envió 1 organización. Puede no estar completo: lo que nadie envió no está aquí.", 0: "Reúne lo que enviaron {n} organizaciones. Puede no estar completo: lo que nadie envió no está aquí."},
    "who": "Quién es, según cada organización", "what": "Qué", "when": "Cuándo", "source": "Origen, fecha y marca",
    "no_date": "sin fecha", "told": "dicho el", "also": "También lo dice", "disagree": "Los orígenes se contradicen",
    "unreviewed": "Leído de papel, sin confirmar por una persona", "reviewed": "confirmado por una persona", "sure": "{n} % de seguridad",
    "waiting": "A la espera de revisión: no son hechos",
    "waiting_note": "Una máquina leyó estas palabras en papel y no está segura. Nadie las ha confirmado. No se fíe de ellas sin mirar antes el original.",
    "attention": "Tenga en cuenta",
    "count_conflict": {1: "En 1 punto los orígenes se contradicen. Se imprimen ambas versiones.", 0: "En {n} puntos los orígenes se contradicen. Se imprimen todas las versiones."},
    "count_unreviewed": {1: "1 valor se leyó de papel y está sin confirmar. Lleva una marca.", 0: "{n} valores se leyeron de papel y están sin confirmar. Llevan una marca."},
    "count_waiting": {1: "1 valor espera a que lo revise una persona. Se imprime aparte y no es un hecho.", 0: "{n} valores esperan a que los revise una persona. Se imprimen aparte y no son hechos."},
    "nothing": "Nadie ha enviado nada sobre esto. No significa que no haya nada.",
    "sources": "Quién ha contribuido", "facts": "Afirmaciones", "newest": "Más reciente", "age": "Antigüedad al imprimir",
    "number_types": {"MR": "número de historia", "PI": "número interno", "NH": "número sanitario", "NI": "número nacional", "SS": "número de la Seguridad Social",
                     "PPN": "pasaporte", "DL": "permiso de conducir", "JHN": "número sanitario autonómico", "HC": "tarjeta sanitaria"},
    "risk": {"high": "riesgo alto", "low": "riesgo bajo", "unable-to-assess": "riesgo sin evaluar"},
    "never": "sin fecha", "today": "del mismo día", "days": {1: "1 día", 0: "{n} días"},
    "months": {1: "1 mes", 0: "{n} meses"}, "years": {1: "1 año", 0: "{n} años"},
    "legend": "Qué significan las marcas",
    "legend_note": "La marca dice en qué forma nos llegó un valor. Cuantos más cuadros llenos, menos hubo que adivinar.",
    "lost": {1: "1 afirmación está en la historia y no está, o no entera, en este resumen.", 0: "{n} afirmaciones están en la historia y no están, o no enteras, en este resumen."},
    "why": {"only source": "único origen", "newest": "se muestra primero: la más reciente", "higher on the fidelity ladder": "se muestra primero: mejor forma",
            "read with more confidence": "se muestra primero: leída con más seguridad", "confirmed by a person": "se muestra primero: confirmada por una persona"},
    "kinds": {
        Kind.ALLERGY: "Alergias e intolerancias", Kind.MEDICATION: "Medicación", Kind.PROBLEM: "Problemas", Kind.RESULT: "Resultados",
        Kind.VITAL: "Constantes vitales", Kind.IMMUNIZATION: "Vacunas", Kind.PROCEDURE: "Procedimientos", Kind.ENCOUNTER: "Contactos asistenciales",
        Kind.PLAN: "Planes", Kind.SOCIAL: "Historia social", Kind.DEVICE: "Dispositivos", Kind.DOCUMENT: "Documentos", Kind.OTHER: "Otros",
        Kind.STORY: "Lo que le importa a la persona",
    },
    "rungs": {Fidelity.IMAGE: "imagen", Fidelity.TEXT: "texto", Fidelity.FIELDS: "campos", Fidelity.STRUCTURED: "estructurado", Fidelity.CODED: "codificado"},
    "meanings": {
        Fidelity.IMAGE: "Leído por una máquina en la imagen de una página.", Fidelity.TEXT: "Encontrado en texto escrito.",
        Fidelity.FIELDS: "De un campo con nombre de un formulario o una tabla, con palabras libres.",
        Fidelity.STRUCTURED: "De un mensaje estándar, con códigos locales.", Fidelity.CODED: "De un mensaje estándar, con códigos estándar.",
    },
    "voices": {"person": "la propia persona", "carer": "una persona cuidadora, en su nombre"},
    "said": {
        "male": "hombre", "female": "mujer", "other": "otro", "unknown": "desconocido", "yes": "sí", "no": "no", "active": "activo", "inactive": "inactivo",
        "resolved": "resuelto", "recurrence": "recurrencia", "relapse": "recaída", "remission": "remisión", "unconfirmed": "sin confirmar",
        "provisional": "provisional", "differential": "diferencial", "confirmed": "confirmado", "refuted": "descartado",
        "entered-in-error": "introducido por error", "completed": "completado", "stopped": "suspendido", "on-hold": "en pausa", "intended": "previsto",
        "not-taken": "no lo toma", "not-done": "no realizado", "cancelled": "cancelado", "draft": "borrador", "preliminary": "preliminar",
        "registered": "registrado", "amended": "modificado", "corrected": "corregido", "planned": "planificado", "arrived": "ha llegado",
        "in-progress": "en curso", "finished": "terminado", "revoked": "revocado", "declined": "rechazado", "mild": "leve", "moderate": "moderado",
        "severe": "grave", "not to be given": "no administrar",
    },
    "types": {
        "Observation": "Observación", "DiagnosticReport": "Informe", "Condition": "Problema", "AllergyIntolerance": "Alergia",
        "Immunization": "Vacuna", "Procedure": "Procedimiento", "Encounter": "Contacto asistencial", "DocumentReference": "Documento",
        "Composition": "Documento resumen", "CarePlan": "Plan de cuidados", "ServiceRequest": "Petición", "Appointment": "Cita", "Goal": "Objetivo",
        "MedicationStatement": "Medicamento que toma", "MedicationRequest": "Receta", "MedicationDispense": "Medicamento entregado",
        "MedicationAdministration": "Medicamento administrado", "FamilyMemberHistory": "Antecedentes familiares", "Coverage": "Cobertura",
        "Consent": "Consentimiento", "Flag": "Aviso", "CareTeam": "Equipo asistencial", "Device": "Dispositivo", "DeviceUseStatement": "Dispositivo en uso",
    },
}  # fmt: skip
WORDS: Mapping[str, Mapping[str, Any]] = {"en": _EN, "es": _ES}


def counted(words: Mapping[int, str], n: int) -> str:
    """Say a number of things: one has words of its own."""
    return words.get(n, words[0]).format(n=n)
