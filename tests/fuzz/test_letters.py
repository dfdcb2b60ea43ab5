"""Letters cut, shuffled and blown up: nothing crashes or takes long, and no statement says what its lines do not."""

import os
import random
import time

import pytest

from vado.extract.letter import candidates
from vado.extract.letterhead import letterhead
from vado.model.original import OriginalId
from vado.model.person import plain_letters
from vado.model.reading import Item, Place
from vado.terms.letters import LANGUAGES, headings, words

ROUNDS = int(os.environ.get("VADO_FUZZ_EXAMPLES", "300"))
PIECES = [
    "Omeprazol 20 mg 1-0-0", "Suspender enalapril 20 mg", "penicilina (urticaria)", "NKDA", "madre con asma", "TA 120/80 mmHg", "1-", "½", "¿?", ",", ". ",
    "no", "sin", "denies", "HTA, asma", "Glucosa 5,4 mmol/L (3,9-5,5) H", "appendicectomy 1998", "(((", ")", ":", "-", "\u0000", "º", "ß", "İ", "12/03/2021",
    "desde 2010", "Fdo.: Dra. Ana Gil", "Nº Col.: 28/1", "ex-smoker", "SatO2 97%", "probable", "vs", "\t",
]  # fmt: skip


def items_of(lines: list[str]) -> list[Item]:
    return [Item("line", t, Place(OriginalId("0" * 64), f"line {n}")) for n, t in enumerate(lines)]


@pytest.mark.parametrize("seed", range(8))
def test_any_mixture_says_only_what_it_holds(seed: int) -> None:
    chance = random.Random(seed)
    names = [*headings(), *(w for x in LANGUAGES for w in words(x)["titles"])]
    for _ in range(ROUNDS // 8):
        lines = []
        for _ in range(chance.randrange(1, 12)):
            text = chance.choice(["", " ", ", ", "; "]).join(chance.choices(PIECES, k=chance.randrange(0, 7)))
            lines.append(chance.choice(["", "- ", "1. ", f"{chance.choice(names)}: ", f"{chance.choice(names).upper()}:"]) + text)
        items = items_of(lines)
        letterhead(items, "dmy")
        for c in candidates(items):
            source = plain_letters(" ".join(i.value for i in c.items))
            concept = c.resource.get("medicationCodeableConcept") or c.resource.get("code") or c.resource["condition"][0]["code"]
            said = c.resource.get("valueString", "") if "coding" in concept else concept["text"]
            assert plain_letters(said) in source
            assert c.sentence in " ".join(i.value for i in c.items)


@pytest.mark.parametrize("body", ["a 5 mg, ", "no, ", "madre con asma, ", "ta 120/80 ", "½-", "(", "a: ", "1 ", "x"])
def test_a_blown_up_line_costs_little(body: str) -> None:
    begin = time.perf_counter()
    for heading in ("Tratamiento", "Alergias", "Diagnósticos", "Antecedentes familiares", "Resultados", "Constantes"):
        items = items_of([f"{heading}: {body * (60_000 // len(body))}"])
        candidates(items)
        letterhead(items, "dmy")
    assert time.perf_counter() - begin < 30, "hostile lines must not cost quadratic time"
