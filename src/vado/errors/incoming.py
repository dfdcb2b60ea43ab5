"""Trouble with originals, settings and profiles."""

from vado.errors.code import Code, Severity

_F, _E, _W, _I = Severity.FATAL, Severity.ERROR, Severity.WARNING, Severity.INFORMATION

INCOMING: dict[str, Code] = {
    # IN-0xx: any original
    "IN-001": Code(_F, "The file is empty", "Ask the partner to send it again"),
    "IN-002": Code(
        _F,
        "No bridge knows this kind of file ({kind})",
        "Ask the partner for another form, or add a reader; the original is kept",
    ),
    "IN-003": Code(
        _F,
        "Reading took longer than {seconds} s and was stopped",
        "Split the file, or raise read_seconds in vado.toml and run `vado resume --again`",
    ),
    "IN-004": Code(
        _F,
        "Reading needed more than {megabytes} MB and was stopped",
        "Split the file, or raise read_megabytes in vado.toml and run `vado resume --again`",
    ),
    "IN-005": Code(
        _F,
        "The reading process ended without an answer",
        "This is a fault of Vado: report it with the original's id; the original is kept",
    ),
    "IN-006": Code(
        _E,
        "A fact of kind {kind} was refused by the FHIR check at {path}: {fault}",
        "The value stays in the original; see `vado trace`. Correct the partner profile or report it",
    ),
    "IN-007": Code(_F, "The file is cut off or damaged: {fault}", "Ask the partner to send it again"),
    "IN-008": Code(_F, "The file is larger than {megabytes} MB", "Split the file, or raise original_megabytes in vado.toml"),
    "IN-009": Code(_W, "The content is {kind}, though its name says otherwise", "Nothing; it was read by its content"),
    "IN-010": Code(_W, "The characters are not valid {encoding}; {count} were replaced", "Ask the partner to send UTF-8"),
    "IN-011": Code(_E, "No person is named, so these facts belong to nobody yet", "Open the original and choose the person"),
    "IN-012": Code(
        _W, "Not a date as {form}", "Correct it and send again, or set dates in the partner's profile. Kept without this date"
    ),
    "IN-013": Code(_W, "Parts not understood: {count}", "See `vado ledger`; add a line to the partner's profile"),
    "IN-014": Code(
        _W, "The person named inside differs from the person of the message it came in", "A person has to decide whose it is"
    ),
    "IN-015": Code(
        _F,
        "A container holds more than {limit} files or unpacks beyond its limit; it was not unpacked",
        "Ask the partner for a smaller archive",
    ),
    "IN-016": Code(_F, "The file is locked with a password", "Ask the partner for an open copy, or for the text in another form"),
    "IN-017": Code(
        _E, "A local code system is not known ({system})", "Add it to [code_systems] in the partner's profile; kept as text"
    ),
    "IN-018": Code(
        _W,
        "A reference points to nothing in this original ({kind})",
        "Ask the partner to send the whole document; shown without it",
    ),
    "IN-019": Code(
        _W, "The same file was inside itself more than {depth} levels deep; deeper levels were not unpacked", "Open it by hand"
    ),
    "IN-020": Code(_W, "{path} is not valid FHIR R4; it was left out", "Open the original; tell the partner if it matters"),
    "IN-021": Code(
        _W,
        "{count} of the traits by which this patient would be found are shared by hundreds, so nobody was compared by them",
        "See whether this sender gives many people one number, name or telephone; correct its profile",
    ),
    "IN-023": Code(
        _E,
        "The partner's number was somebody else's before: another given name, and another surname or birth date. The two are kept apart",
        "Ask the partner whether it gave the number again; if they are one after all, `vado person link` joins them",
    ),
    "IN-024": Code(
        _E,
        "This sender's patients turn out to be far fewer people than usual; from here on none of them is linked without asking",
        "Look at the last links; then `vado people breaker --release` lets rules link them again",
    ),
    # IN-1xx: HL7 v2
    "IN-101": Code(
        _F, "There is no MSH segment: this is no whole HL7 v2 message", "Ask the partner to send it again, from the MSH on"
    ),
    # IN-2xx: CDA
    "IN-201": Code(
        _F, "The XML declares entities, which can hide a bomb or another file", "Ask the partner to send it without a DTD"
    ),
    "IN-202": Code(_F, "No header and no section of a clinical document was found", "Ask the partner to send the whole document"),
    "IN-203": Code(
        _E, "The XML is damaged; what could be read was read", "Ask the partner to send it again, and compare with the original"
    ),
    # IN-3xx: FHIR
    "IN-301": Code(_F, "The XML declares entities, which no FHIR needs", "Do not open it; ask the partner what it is"),
    "IN-302": Code(_F, "No FHIR resource was found", "Ask the partner what this file is; the original is kept"),
    "IN-303": Code(_E, "This line is not JSON", "Ask the partner to send the file again; the other lines were read"),
    # IN-4xx: tables
    "IN-401": Code(_F, "No table was found", "Ask the partner what this file is; the original is kept"),
    "IN-402": Code(
        _W, "This row has {cells} cells, the header has {columns}", "Look at the row; cells beyond the header are not understood"
    ),
    "IN-403": Code(_E, "The sheet is longer than {limit} rows; the rest was not read", "Ask the partner for smaller files"),
    "IN-404": Code(
        _W,
        "The value is not {form}",
        "Correct it and send again, or add it to the code list of the layout. Kept without this value",
    ),
    "IN-405": Code(_W, "{count} more places have the fault {fault}", "Correct the first ones and send again"),
    "IN-406": Code(
        _E,
        "One number stands for different persons: birth date or sex differ",
        "They were kept apart; ask the partner which row is right",
    ),
    "IN-407": Code(
        _E,
        "A layout of the partner's profile cannot be used: {fault}",
        "Run `vado partner check` and correct the line; its tables were read without it",
    ),
    "IN-408": Code(
        _W,
        "A quotation mark is opened and never closed; marks were taken as text",
        "Look at the rows; ask the partner for a correct file",
    ),
    # IN-5xx: PDF, letters, scans, photos
    "IN-501": Code(
        _W,
        "{count} pages were not read: the limit of {limit} was reached",
        "Split the document and send the rest again; the original is kept whole",
    ),
    "IN-502": Code(_W, "No text could be seen on this page", "Look at the page; scan it again if it is not blank"),
    "IN-503": Code(_I, "The form is blank", "Nothing; ask the partner for the filled form if one was meant"),
    "IN-504": Code(
        _W, "More than one person is named, so no person was taken from this document", "Open the original and choose the person"
    ),
    "IN-505": Code(_I, "The page was turned by {degrees} degrees to be read", "Nothing"),
    "IN-506": Code(_F, "The picture has more than {megapixels} megapixels", "Scan it again with fewer dots per inch"),
    "IN-507": Code(_W, "The page was read with little certainty", "Look at the page before using what was read from it"),
    "IN-508": Code(
        _W, "{count} files inside the document were not unpacked: the limit of {limit} was reached", "Open the original by hand"
    ),
    "IN-531": Code(
        _W,
        "A number of the person was read with look-alike characters exchanged; only so its check digit holds",
        "Compare the number with the page before using it",
    ),
    "IN-520": Code(_E, "The page is black", "Scan it again with the lid closed; the original is kept"),
    "IN-521": Code(
        _W,
        "The page is handwritten, or too faint to be read by machine; what was read of it is probably wrong",
        "Look at the page, and type what matters",
    ),
    "IN-522": Code(_I, "The text inside the file makes no sense, so the page was read from its picture", "Compare with the page"),
    "IN-523": Code(_E, "The page holds a picture that is too large to be opened", "Ask the partner to scan it again, smaller"),
    "IN-524": Code(_I, "The file holds {count} documents; each was taken in on its own", "Look at them one by one"),
    "IN-525": Code(
        _E, "The code on the cover sheet is not known here", "Open the original and choose whose it is; print a new sheet"
    ),
    "IN-526": Code(
        _E,
        "The cover sheet is of a partner who does not take scans from this sender",
        "Open the original and decide; or name the sender in scans_from of that partner's profile",
    ),
    "IN-527": Code(
        _E,
        "The cover sheet is for a person of whom this partner has no record yet",
        "Open the original and choose the person",
    ),
    "IN-532": Code(
        _W,
        "The form profile {form} cannot be used, so no page was read by it",
        "Run `vado partner check`, and learn the form again",
    ),
    "IN-533": Code(
        _W,
        "Something is written on the form outside its boxes",
        "Look at the page; what was read there is kept as text",
    ),
    "IN-534": Code(
        _W,
        "The page looks like a form of this partner, but much is printed otherwise; it was read without the form",
        "If the partner has a new version of the form, learn it with `vado partner learn-form`",
    ),
    "IN-535": Code(
        _W,
        "{count} boxes of the form hold something that could not be read as what they ask for",
        "Look at them at the desk, and type what matters",
    ),
    "IN-536": Code(
        _W,
        "The document holds a program that would run when it is opened; it was not run",
        "Do not open the original outside Vado",
    ),
    # IN-6xx: mail and zip
    "IN-601": Code(_W, "{count} attachments were not unpacked: the limit of {limit} was reached", "Open the original by hand"),
    "IN-602": Code(_E, "{count} files inside could not be unpacked: damaged or locked", "Ask the partner to send them again"),
    "IN-603": Code(
        _E,
        "{count} lines were not read: the limit of {limit} was reached",
        "Split the file and send the rest again; the original is kept whole",
    ),
    "IN-604": Code(_I, "{count} pictures in the document were not read", "Open the original, or ask the partner for a PDF"),
    # CO-xxx: configuration and command line
    "TE-001": Code(_E, "Nothing without a standard code is named {local}", "See `vado terms unmapped`", http=404),
    "TE-002": Code(_F, "This is no {kind} file: {fault}", "Give the file or folder as its publisher packs it", exit=2),
    "TE-003": Code(
        _F,
        "This is no standard code: {fault}",
        "Give the code and the address of its code system as its publisher writes them",
        exit=2,
        http=422,
    ),
    "CO-001": Code(
        _F, "{path}: unknown setting {key}", "Remove it or correct its spelling; see docs/reference/settings.md", exit=2
    ),
    "CO-002": Code(_F, "{path}: {fault}", "Correct the line", exit=2),
    "CO-003": Code(_F, "There is no Vado place here", "Run `vado init`, or name one with --place or VADO_PLACE", exit=2),
    "CO-004": Code(
        _F, "Partner {partner} is not known", "Run `vado partner list`, or add it with `vado partner add`", exit=2, http=404
    ),
    "CO-005": Code(_F, "{one} and {other} both claim this kind of file", "Remove one of the two readers", exit=3),
    "CO-006": Code(_F, "A {group} plug-in named {name} does not fit: {fault}", "Remove or correct the plug-in", exit=3),
    "CO-007": Code(_F, "There is already a Vado place here", "Use it, or choose another folder", exit=2),
    "CO-008": Code(_F, "Nothing to receive at {count} of the paths given", "Check the paths", exit=2),
    "CO-009": Code(_F, "No reader is named {reader}", "Name one of: {known}", exit=2),
    "CO-010": Code(_F, "The form profile {form} cannot be used: {fault}", "Correct it, or learn the form again", exit=2),
    "CO-011": Code(
        _F, "The blank form has {pages} pages; at most {most} are learned", "Give only the pages that are filled in", exit=2
    ),
    "CO-012": Code(
        _F,
        "No form can be learned from this file: {fault}",
        "Give an empty copy of the form as PDF, or as a scan that is straight and sharp",
        exit=2,
        http=422,
    ),
    "CO-013": Code(_F, "Box {number} has no name", "Name it, or leave it out", exit=2, http=422),
    "CO-014": Code(_F, "No box of the form is left", "Keep one at least", exit=2, http=422),
    "CO-015": Code(
        _F,
        "The name of a form is made of lower case letters, digits and hyphens",
        "Choose one that is free: health-card",
        exit=2,
        http=422,
    ),
    "CO-017": Code(_F, "This form waits no longer", "Bring its empty copy again; nothing of it was kept", exit=2, http=404),
    "CO-016": Code(
        _F, "There is a form of this name already", "Choose another name, or say that this one replaces it", exit=2, http=422
    ),
}
