"""The paper forms of the invented place, told by their questions."""

from dataclasses import dataclass

from vado.model.form import FieldKind

_KINDS = {
    "comb": FieldKind.COMB, "date": FieldKind.DATE, "tick": FieldKind.CHECK, "round": FieldKind.CHECK, "sign": FieldKind.SIGNATURE,
}  # fmt: skip
_OF = {"birth": FieldKind.DATE, "today": FieldKind.DATE, "since": FieldKind.DATE, "weight": FieldKind.NUMBER, "height": FieldKind.NUMBER,
       "nhs": FieldKind.NUMBER, "phone": FieldKind.NUMBER, "pressure": FieldKind.NUMBER, "pulse": FieldKind.NUMBER}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ask:
    """One question of a form."""

    label: str
    of: str  # what of a citizen answers it: see `answers`
    style: str = "cell"  # cell, line, comb, date (three cells), tick, round, area (several lines), sign
    wide: float = 1.0  # share of its row
    options: tuple[str, ...] = ()  # printed beside boxes to tick, in the order that `answers` counts them
    cells: int = 0  # of a comb

    @property
    def kind(self) -> FieldKind:
        """How it is filled."""
        return _KINDS.get(self.style) or _OF.get(self.of, FieldKind.TEXT)


@dataclass(frozen=True, slots=True)
class Design:
    """One blank form: on each page words (a heading begins with '#') and rows of questions."""

    name: str
    title: str
    spanish: bool
    pages: tuple[tuple[str | tuple[Ask, ...], ...], ...]
    face: str = "Helvetica"  # bold is face-Bold
    size: float = 9
    beside: bool = False  # labels stand before their boxes, not above


_YES, _SI = ("Yes", "No"), ("Sí", "No")

DESIGNS = (
    Design("ficha-salud", "Grupo vecinal: ficha de salud", True, ((
        "Rellene esta ficha con letra clara y entréguela en el mostrador del grupo vecinal.",
        "Sus respuestas son confidenciales y solo las verán las personas que le cuidan.",
        "# Datos personales",
        (Ask("Apellidos", "surname", wide=0.55), Ask("Nombre", "given", wide=0.45)),
        (Ask("Fecha de nacimiento", "birth", "date", 0.4), Ask("DNI o NIE", "dni", "comb", 0.6, cells=9)),
        (Ask("Sexo", "sex", "round", 0.5, ("Mujer", "Hombre")), Ask("Teléfono", "phone", wide=0.5)),
        (Ask("Domicilio", "street", wide=0.7), Ask("Código postal", "postcode", wide=0.3)),
        "# Salud",
        (Ask("Peso (kg)", "weight", wide=0.2), Ask("Talla (cm)", "height", wide=0.2), Ask("Tensión arterial", "pressure", wide=0.6)),
        (Ask("Alergias", "allergy", "area"),),
        (Ask("¿Fuma?", "smoker", "tick", 1.0, ("Sí", "No", "Exfumador")),),
        (Ask("", "agreed", "tick", 1.0, ("Autorizo a que mi médico vea estos datos",)),),
        (Ask("Firma", "signed", "sign", 0.6), Ask("Fecha", "today", "line", 0.4)),
    ),)),
    Design("intake", "Riverside Centre: patient intake form", False, ((
        "Please print clearly in black or blue ink. Ask at the desk if you need help with any question.",
        "# About you",
        (Ask("Surname", "surname", "line"),),
        (Ask("First name", "given", "line", 0.55), Ask("Date of birth", "birth", "line", 0.45)),
        (Ask("Address", "street", "line"),),
        (Ask("Town", "town", "line", 0.5), Ask("Postcode", "postcode", "line", 0.5)),
        (Ask("Telephone", "phone", "line", 0.5), Ask("NHS number", "nhs", "line", 0.5)),
        (Ask("Sex", "sex", "tick", 1.0, ("Female", "Male")),),
        (Ask("Emergency contact", "kin", "line"),),
        "# Have you ever had any of these?",
        (Ask("Heart disease", "yes1", "tick", 0.5, _YES), Ask("Stroke", "yes2", "tick", 0.5, _YES)),
        (Ask("Tuberculosis", "yes3", "tick", 0.5, _YES), Ask("Epilepsy", "yes4", "tick", 0.5, _YES)),
        "The second page asks about your medicines. Both pages are needed.",
    ), (
        "# Your medicines and allergies",
        (Ask("Medicines that you take now", "medicines", "area"),),
        (Ask("Allergies", "allergy", "area"),),
        (Ask("Weight (kg)", "weight", "line", 0.5), Ask("Height (cm)", "height", "line", 0.5)),
        (Ask("Anything else we should know", "notes", "area"),),
        "I have answered these questions as well as I can. My answers may be shared with those who care for me.",
        (Ask("Signature", "signed", "sign", 0.6), Ask("Date signed", "today", "line", 0.4)),
    )), "Times-Roman", 11, True),
    Design("referral", "District nursing: referral", False, ((
        "Write in BLOCK CAPITALS, one letter in each cell. Send both copies to the district office.",
        (Ask("Surname", "surname", "comb", cells=24),),
        (Ask("First name", "given", "comb", cells=18),),
        (Ask("NHS number", "nhs", "comb", 0.55, cells=10), Ask("Date of birth", "birth", "date", 0.45)),
        (Ask("Postcode", "postcode", "comb", 0.4, cells=7), Ask("Telephone", "phone", "comb", 0.6, cells=11)),
        (Ask("Sex", "sex", "round", 1.0, ("Female", "Male")),),
        "# Reason for referral",
        (Ask("Reason", "reason", "area"),),
        (Ask("Known allergies", "allergy"),),
        (Ask("Urgent visit", "yes1", "round", 0.5, _YES), Ask("Lives alone", "yes2", "round", 0.5, _YES)),
        (Ask("Date of referral", "today", "date", 0.45), Ask("Signed by nurse", "signed", "sign", 0.55)),
    ),), "Vera", 9),
    Design("derivacion", "Centro de salud: hoja de derivación", True, ((
        "Cumplimente todos los apartados. Las hojas incompletas se devuelven al centro de origen.",
        "# Paciente",
        (Ask("Nombre y apellidos", "name", "line"),),
        (Ask("Fecha de nacimiento", "birth", "line", 0.55), Ask("DNI", "dni", "line", 0.45)),
        (Ask("Dirección", "street", "line", 0.65), Ask("Localidad", "town", "line", 0.35)),
        (Ask("Sexo", "sex", "round", 0.5, ("Mujer", "Hombre")), Ask("Urgente", "yes1", "round", 0.5, _SI)),
        "# Motivo y antecedentes",
        (Ask("Motivo de la derivación", "reason", "area"),),
        (Ask("Asma", "yes2", "tick", 0.33, _SI), Ask("Diabetes", "yes3", "tick", 0.33, _SI), Ask("Hipertensión", "yes4", "tick", 0.34, _SI)),
    ), (
        "# Tratamiento",
        (Ask("Medicación actual", "medicines", "area"),),
        (Ask("Alergias conocidas", "allergy", "area"),),
        (Ask("Enfermo desde", "since", "line", 0.5), Ask("Peso (kg)", "weight", "line", 0.5)),
        "El profesional que firma se responsabiliza de los datos de esta hoja.",
        (Ask("Firma del profesional", "signed", "sign", 0.6), Ask("Fecha", "today", "line", 0.4)),
    )), "Times-Roman", 11, True),
    Design("vaccination", "Consent for influenza vaccination", False, ((
        "Complete this form and bring it to your appointment. Do not post it.",
        "If any answer below is yes, the nurse will talk to you before the vaccine is given.",
        (Ask("Full name", "name", wide=0.65), Ask("Date of birth", "birth", wide=0.35)),
        (Ask("Address", "street", wide=0.5), Ask("NHS number", "nhs", wide=0.5)),
        "# Questions",
        (Ask("Do you have a fever today?", "yes1", "tick", 1.0, _YES),),
        (Ask("Have you had a reaction to a vaccine before?", "yes2", "tick", 1.0, _YES),),
        (Ask("Are you allergic to eggs?", "yes3", "tick", 1.0, _YES),),
        (Ask("Are you pregnant?", "yes4", "tick", 1.0, _YES),),
        (Ask("Do you take medicines that thin the blood?", "yes5", "tick", 1.0, _YES),),
        (Ask("Which of these do you have?", "problems", "tick", 1.0, ("Asthma", "Hypertension", "Diabetes", "COPD")),),
        (Ask("Other allergies", "allergy"),),
        (Ask("", "agreed", "tick", 1.0, ("I agree to be vaccinated",)),),
        (Ask("Signature of patient", "signed", "sign", 0.6), Ask("Date", "today", wide=0.4)),
    ),), "Helvetica", 10),
    Design("valoracion", "Servicios sociales: valoración en domicilio", True, ((
        "A rellenar por la persona que visita el domicilio.",
        (Ask("Apellidos", "surname", wide=0.5), Ask("Nombre", "given", wide=0.3), Ask("DNI", "dni", wide=0.2)),
        (Ask("Nacimiento", "birth", wide=0.25), Ask("Teléfono", "phone", wide=0.25), Ask("Calle y número", "street", wide=0.5)),
        (Ask("Peso", "weight", wide=0.2), Ask("Talla", "height", wide=0.2), Ask("Pulso", "pulse", wide=0.2), Ask("Tensión", "pressure", wide=0.4)),
        "# Situación",
        (Ask("Vive solo", "yes1", "tick", 0.5, _SI), Ask("Sale de casa", "yes2", "tick", 0.5, _SI)),
        (Ask("Necesita ayuda para vestirse", "yes3", "tick", 0.5, _SI), Ask("Oye bien", "yes4", "tick", 0.5, _SI)),
        (Ask("Enfermedades", "problems", "tick", 1.0, ("Asma", "Hipertensión", "Diabetes", "EPOC")),),
        (Ask("Medicamentos", "medicines", "area"),),
        (Ask("Observaciones", "notes", "area"),),
        (Ask("Familiar de contacto", "kin", wide=0.6), Ask("Fecha de la visita", "today", "date", 0.4)),
        (Ask("Firma", "signed", "sign", 0.5),),
    ),), "Vera", 8),
)  # fmt: skip
