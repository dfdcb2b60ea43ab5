"""Codes of rounds of asking: making them, inviting, answering."""

from vado.errors.code import Code, Severity

_F = Severity.FATAL

ASKING: dict[str, Code] = {
    "SV-050": Code(
        _F, "This code opens nothing", "Look at the letter again: 16 letters and digits, good for one person", http=403, exit=4
    ),
    "SV-051": Code(
        _F,
        "This code has been used: its answers were sent",
        "Each code is good once; ask for another if it was not you",
        http=403,
        exit=4,
    ),
    "SV-052": Code(_F, "This round takes no answers now", "It is open from {opens} on, and until it is closed", http=409, exit=2),
    "SV-053": Code(
        _F, "There is a round with this name already", "Choose another title, or change the one that is there", http=409, exit=2
    ),
    "SV-054": Code(
        _F,
        "Line {row} of the register: {fault}",
        "Write one a line: id; name; sector; partner; practitioner=40 manager=5",
        http=422,
        exit=2,
    ),
    "SV-055": Code(_F, "A round needs a title, and a first day that is not after its last", "Correct the form", http=422, exit=2),
    "SV-056": Code(_F, "There is no such voice in the register", "Add it to the register first", http=422, exit=2),
    "SV-058": Code(
        _F,
        "This round is closed: who could be heard, and what is hidden, stays as it was",
        "Make another round",
        http=409,
        exit=2,
    ),
    "SV-069": Code(
        _F,
        "This round is closed: its figures with these answers and without them would tell what they say",
        "Bring them into another round",
        http=409,
        exit=2,
    ),
    "SV-057": Code(_F, "Between 1 and {most} codes are made at once", "Ask again for the rest", http=422, exit=2),
    "SV-068": Code(_F, "You marked more than {most}", "Take marks away until {most} are left", http=422, exit=2),
    "SV-059": Code(
        _F,
        "Those who answered were promised that no figure stands for fewer than {least} people",
        "Leave the number as it is, or make it greater",
        http=409,
        exit=2,
    ),
    "SV-066": Code(
        _F,
        "A voice that has answered cannot leave the register: what is shown before and after would tell what it said",
        "Put {voice} back",
        http=409,
        exit=2,
    ),
    "SV-070": Code(
        _F,
        "Your own code is too short: somebody else could make the same",
        "Use {least} letters and digits or more, not the same one over and over; or leave it empty",
        http=422,
        exit=2,
    ),
    "SV-071": Code(
        _F,
        "This is the code of a letter: it would say whose answers these are",
        "Make one of your own, or leave it empty",
        http=422,
        exit=2,
    ),
    "SV-067": Code(
        _F, "It is not said how often you work with them", "Mark how often, or take the other marks away", http=422, exit=2
    ),
}
