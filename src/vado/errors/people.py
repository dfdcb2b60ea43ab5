"""Trouble on people's own pages: what they add, what they are owed a reply to, how they come in."""

from vado.errors.code import Code, Severity

_F = Severity.FATAL

PEOPLE: dict[str, Code] = {
    # ME-0xx
    "ME-001": Code(_F, "{what}: this is no number", "Write it in digits, as your device shows it", http=422, exit=2),
    "ME-002": Code(
        _F, "{what}: this cannot be true", "Look at the device again: it lies between {least} and {most} {unit}", http=422, exit=2
    ),
    "ME-003": Code(_F, "This time has not come yet", "Say when you measured it", http=422, exit=2),
    "ME-004": Code(_F, "Nothing was written", "Say it in your own words, then send it", http=422, exit=2),
    "ME-005": Code(_F, "This kind of file is not taken", "Take a photo (JPEG or PNG), or choose a PDF", http=415, exit=2),
    "ME-006": Code(_F, "The file is larger than {megabytes} MB", "Take a smaller photo, or send page by page", http=413, exit=2),
    "ME-007": Code(_F, "You said this yourself", "Add what is right now; both are shown with their dates", http=422, exit=2),
    "ME-008": Code(_F, "There is nothing like this to answer", "See the list of replies", http=404, exit=2),
    "ME-009": Code(_F, "This has been answered already", "See the list of replies", http=409, exit=2),
    "ME-010": Code(
        _F,
        "This code and this date of birth open nothing",
        "Compare both with your letter, and try again; those who sent it can send a new one",
        http=403,
        exit=5,
    ),
    "ME-011": Code(_F, "There is no such invitation", "See `vado account invitations`", http=404, exit=2),
    "ME-012": Code(
        _F, "Nobody told this person's date of birth, so no letter can be answered", "Ask a partner to send it", http=422, exit=2
    ),
    "ME-013": Code(
        _F,
        "No one person has this number and this date of birth",
        "Look at both again, as they stand on a card or a letter of the organisation",
        http=404,
        exit=2,
    ),
    "ME-014": Code(_F, "This date does not fit", "Choose a day to come, within five years", http=422, exit=2),
}
