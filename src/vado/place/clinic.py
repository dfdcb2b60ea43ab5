"""What is true of the invented people's health: a small catalogue with standard codes, and who has what."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from vado.place.people import Citizen

SNOMED, LOINC, ATC, CVX, UCUM = (
    "http://snomed.info/sct", "http://loinc.org", "http://www.whocc.no/atc", "http://hl7.org/fhir/sid/cvx", "http://unitsofmeasure.org",
)  # fmt: skip
ICD10 = "http://hl7.org/fhir/sid/icd-10"
TODAY = date(2026, 11, 1)


@dataclass(frozen=True, slots=True)
class Thing:
    """One entry of the catalogue."""

    code: str
    en: str
    es: str
    other: str = ""  # ICD-10 for problems
    unit: str = ""
    low: float = 0
    high: float = 0


PROBLEMS = (
    Thing("195967001", "Asthma", "Asma", "J45.9"), Thing("38341003", "Hypertension", "Hipertensión arterial", "I10"),
    Thing("44054006", "Type 2 diabetes mellitus", "Diabetes mellitus tipo 2", "E11.9"), Thing("13645005", "COPD", "EPOC", "J44.9"),
    Thing("40930008", "Hypothyroidism", "Hipotiroidismo", "E03.9"), Thing("49436004", "Atrial fibrillation", "Fibrilación auricular", "I48.9"),
    Thing("37796009", "Migraine", "Migraña", "G43.9"), Thing("396275006", "Osteoarthritis", "Artrosis", "M19.9"),
)  # fmt: skip
MEDICINES = {  # by problem
    "195967001": (Thing("R03AC02", "Salbutamol", "Salbutamol"), "100 mcg", "2 inhalations every 6 hours"),
    "38341003": (Thing("C08CA01", "Amlodipine", "Amlodipino"), "5 mg", "1 tablet every 24 hours"),
    "44054006": (Thing("A10BA02", "Metformin", "Metformina"), "850 mg", "1 tablet every 12 hours"),
    "13645005": (Thing("R03BB04", "Tiotropium", "Tiotropio"), "18 mcg", "1 inhalation every 24 hours"),
    "40930008": (Thing("H03AA01", "Levothyroxine", "Levotiroxina"), "75 mcg", "1 tablet every 24 hours"),
    "49436004": (Thing("B01AF02", "Apixaban", "Apixabán"), "5 mg", "1 tablet every 12 hours"),
    "37796009": (Thing("N02CC01", "Sumatriptan", "Sumatriptán"), "50 mg", "1 tablet as needed"),
    "396275006": (Thing("N02BE01", "Paracetamol", "Paracetamol"), "1 g", "1 tablet every 8 hours"),
}
ALLERGIES = (
    Thing("91936005", "Allergy to penicillin", "Alergia a penicilina"), Thing("91935009", "Allergy to peanut", "Alergia al cacahuete"),
    Thing("300916003", "Latex allergy", "Alergia al látex"), Thing("293586001", "Allergy to aspirin", "Alergia a la aspirina"),
)  # fmt: skip
NO_ALLERGY = Thing("716186003", "No known allergies", "Sin alergias conocidas")
TESTS = (
    Thing("14749-6", "Glucose", "Glucosa", "", "mmol/L", 3.9, 11.0), Thing("4548-4", "Haemoglobin A1c", "Hemoglobina glicosilada", "", "%", 4.5, 10.0),
    Thing("14682-9", "Creatinine", "Creatinina", "", "umol/L", 50, 190), Thing("2823-3", "Potassium", "Potasio", "", "mmol/L", 3.2, 5.8),
    Thing("718-7", "Haemoglobin", "Hemoglobina", "", "g/dL", 9.0, 17.0), Thing("14647-2", "Cholesterol", "Colesterol", "", "mmol/L", 3.0, 7.9),
)  # fmt: skip
MOBILITY = Thing("", "Mobility", "Movilidad")  # what the council's form asks
ASSESSED = date(2026, 10, 15)
VACCINES = (Thing("88", "Influenza vaccine", "Vacuna de la gripe"), Thing("213", "COVID-19 vaccine", "Vacuna de COVID-19"))


@dataclass(frozen=True, slots=True)
class Truth:
    """One thing that is so, and which partners tell it."""

    person: str
    kind: str  # Condition, AllergyIntolerance, Medication, Observation, Immunization
    thing: Thing
    date: str  # ISO; "" when it has none
    value: str = ""  # of a test
    strength: str = ""  # of a medicine
    how: str = ""  # to take it
    partners: tuple[str, ...] = ()


def truths(citizen: Citizen, partners: set[str], chance: Random) -> list[Truth]:
    """Invent what is true of one citizen, told by those of these partners that would know."""
    gp = next(p for p in ("gp-norte", "gp-sur") if p in partners)
    found: list[Truth] = []
    for problem in chance.sample(PROBLEMS, chance.choice((0, 1, 1, 2, 3))):
        since = TODAY - timedelta(days=chance.randrange(200, 4000))
        found.append(_told(citizen, "Condition", problem, since, {gp, "hospital", "old-clinic"} & partners))
        medicine, strength, how = MEDICINES[problem.code]
        tellers = ({gp, "pharmacy", "old-clinic"} & partners) - ({"old-clinic"} if chance.random() < 0.5 else set())
        begun = since + timedelta(days=20)
        found.append(_told(citizen, "Medication", medicine, begun, tellers, strength=strength, how=how))
    allergy = chance.choice(ALLERGIES) if chance.random() < 0.4 else NO_ALLERGY
    tellers = {gp, "hospital", "council", "community", "old-clinic"} & partners
    if allergy is NO_ALLERGY:
        tellers &= {gp}
    found.append(_told(citizen, "AllergyIntolerance", allergy, None, tellers))
    for test in chance.sample(TESTS, chance.choice((0, 2, 3))) if {"hospital", "laboratory"} & partners else ():
        when = TODAY - timedelta(days=chance.randrange(1, 700))
        value = f"{chance.uniform(test.low, test.high):.1f}"
        tellers = (
            {"hospital", "laboratory"} if chance.random() < 0.4 else {chance.choice(("hospital", "laboratory"))}
        ) & partners
        if tellers:
            found.append(_told(citizen, "Observation", test, when, tellers, value=value))
    if "council" in partners:
        found.append(_told(citizen, "Observation", MOBILITY, ASSESSED, {"council"}))
    for vaccine in chance.sample(VACCINES, chance.choice((0, 1, 2))):
        found.append(_told(citizen, "Immunization", vaccine, TODAY - timedelta(days=chance.randrange(30, 400)), {gp}))
    return found


def _told(  # noqa: PLR0913 - the fields of a truth
    citizen: Citizen,
    kind: str,
    thing: Thing,
    when: date | None,
    partners: set[str],
    *,
    value: str = "",
    strength: str = "",
    how: str = "",
) -> Truth:
    return Truth(citizen.id, kind, thing, when.isoformat() if when else "", value, strength, how, tuple(sorted(partners)))
