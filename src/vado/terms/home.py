"""What people measure at home: its codes, its units, and between which values it can be true.

The bounds are wide on purpose: they catch a slip of the finger (370 for 37.0), not an illness. Codes: LOINC 2.77; units: UCUM;
FHIR R4 vital signs profiles where there is one.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One number of a measurement."""

    name: str  # as a form names it
    label: str  # for people, in English
    code: str  # LOINC
    display: str
    unit: str  # UCUM
    least: float
    most: float
    shown: str = ""  # the unit as people write it; "": as UCUM writes it
    also: tuple[str, str] | None = None  # (LOINC, display) of the narrower code, beside the one that the profile asks for

    @property
    def written(self) -> str:
        """Give the unit as people write it."""
        return self.shown or self.unit


@dataclass(frozen=True, slots=True)
class Measure:
    """One kind of measurement."""

    name: str
    label: str
    parts: tuple[Part, ...]
    panel: tuple[str, str] | None = None  # LOINC and display of the whole, where it has several parts
    category: str = "vital-signs"  # FHIR observation-category


def _one(label: str, part: Part, category: str = "vital-signs") -> Measure:
    return Measure(part.name, label, (part,), None, category)


MEASURES = {
    m.name: m
    for m in (
        Measure(
            "pressure", "Blood pressure",
            (
                Part("systolic", "Upper value (systolic)", "8480-6", "Systolic blood pressure", "mm[Hg]", 40, 300, "mmHg"),
                Part("diastolic", "Lower value (diastolic)", "8462-4", "Diastolic blood pressure", "mm[Hg]", 20, 200, "mmHg"),
            ),
            ("85354-9", "Blood pressure panel with all children optional"),
        ),
        _one("Pulse", Part("pulse", "Beats in a minute", "8867-4", "Heart rate", "/min", 20, 300, "in a minute")),
        _one("Weight", Part("weight", "Weight", "29463-7", "Body weight", "kg", 0.3, 500)),
        _one("Temperature", Part("temperature", "Temperature", "8310-5", "Body temperature", "Cel", 25, 45, "°C")),
        _one(
            "Oxygen",
            Part(
                "oxygen", "Oxygen saturation", "2708-6", "Oxygen saturation in Arterial blood", "%", 40, 100,
                also=("59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry"),
            ),
        ),
        _one(
            "Blood sugar, in mg/dL",
            Part("glucose-mg", "Blood sugar", "41653-7", "Glucose [Mass/volume] in Capillary blood by Glucometer", "mg/dL", 10, 1100),
            "laboratory",
        ),
        _one(
            "Blood sugar, in mmol/L",
            Part("glucose-mmol", "Blood sugar", "14743-9", "Glucose [Moles/volume] in Capillary blood by Glucometer", "mmol/L", 0.5, 60),
            "laboratory",
        ),
    )
}  # fmt: skip
STORY = ("81338-6", "Goals, preferences, and priorities for care experience")  # LOINC; IPS section "Patient Story"
