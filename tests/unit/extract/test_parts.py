"""Several documents in one scan: cut at cover sheets, or where another document plainly begins; else left whole."""

from vado.extract.parts import Leaf, Part, parts_by_cover, parts_by_look


def test_what_follows_a_cover_is_a_part_until_the_next() -> None:
    leaves = [Leaf(1), Leaf(2, "A"), Leaf(3), Leaf(4), Leaf(5, "B"), Leaf(6, "C"), Leaf(7)]
    assert parts_by_cover(leaves) == [Part(1, 1), Part(3, 4, "A"), Part(7, 7, "C")]
    assert parts_by_cover([Leaf(1), Leaf(2)]) == []
    assert parts_by_cover([Leaf(1, "A")]) == []


def test_counting_anew_or_another_person_begins_a_document() -> None:
    anew = [
        Leaf(1, lines=("Report", "Page 1 of 2")),
        Leaf(2, lines=("more", "Page 2 of 2")),
        Leaf(3, lines=("Letter", "Página 1 de 1")),
    ]
    assert parts_by_look(anew) == [Part(1, 2), Part(3, 3)]
    people = [
        Leaf(1, lines=("Patient name: Ada Hill",)),
        Leaf(2, lines=("on the ward",)),
        Leaf(3, lines=("Patient name: Ruth Moss",)),
    ]
    assert parts_by_look(people) == [Part(1, 2), Part(3, 3)]


def test_blank_backs_and_slips_of_the_reading_part_nothing() -> None:
    backs = [Leaf(1, lines=("Report", "NHC: 4411223")), Leaf(2, lines=()), Leaf(3, lines=("goes on", "NHC: 4411Z23"))]
    assert parts_by_look(backs) == []
    same_head = [Leaf(1, lines=("Clinic letter", "a")), Leaf(2, lines=()), Leaf(3, lines=("Clinic letter", "b"))]
    assert parts_by_look(same_head) == [Part(1, 2), Part(3, 3)]
