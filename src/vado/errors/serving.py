"""Trouble on the ways in and out, with the store, the record, FHIR and access."""

from vado.errors.code import Code, Severity

_F, _E, _W, _I = Severity.FATAL, Severity.ERROR, Severity.WARNING, Severity.INFORMATION

SERVING: dict[str, Code] = {
    # CH-0xx: channels, ways in
    "CH-001": Code(
        _W, "The other side could not be reached: {fault}", "Nothing; it is tried again. See `vado channels`", http=503, exit=4
    ),
    "CH-002": Code(
        _E, "It is larger than {megabytes} MB", "Ask the partner to split it, or raise megabytes of the channel", http=413
    ),
    "CH-003": Code(_E, "It is no plain file ({kind})", "Ask the partner to send the file itself, not a link to it"),
    "CH-004": Code(
        _E,
        "The mail would go in a circle: {why}",
        "Look at the rule that sent it; `automatic = true` of the channel lets automatic mails in",
        http=422,
    ),
    "CH-005": Code(
        _F,
        "The other side shows another key or certificate than the one that is known",
        "Ask the partner in another way whether it has changed; only then write the new one into the profile",
        http=502,
        exit=4,
    ),
    "CH-006": Code(
        _F,
        "The other side refused our sign-in",
        "Check user, and the file of the password or key, in the profile",
        http=502,
        exit=4,
    ),
    "CH-007": Code(_F, "The file that {key} names cannot be used: {fault}", "Put it there, readable for Vado alone", exit=2),
    "CH-008": Code(
        _F,
        "There is no such folder there, or Vado may not use it: {fault}",
        "Make it, or give Vado the right to it",
        exit=4,
        http=502,
    ),
    "CH-009": Code(
        _W,
        "What was taken in could not be moved, deleted or marked there: {fault}",
        "Give Vado the right to do so; until then it is taken again and again, which changes nothing",
        http=502,
    ),
    "CH-010": Code(_F, "Nothing here can open {protocol} addresses", "Install what it needs: {needs}", exit=2),
    "CH-011": Code(_E, "Its name leads out of the folder", "Ask the partner what this is; nothing was taken in", http=422),
    "CH-012": Code(_E, "It is empty", "Ask the partner to send it again", http=422),
    "CH-013": Code(_W, "A fault of Vado while taking it in: {fault}", "Report it; it is tried again", http=500, exit=4),
    # DE-0xx: deliveries
    "DE-001": Code(_W, "The receiver could not be reached: {fault}", "Nothing; it is tried again", http=502, exit=4),
    # FH-03x to FH-06x: what is written, asked for or sent over FHIR and HTTPS
    "FH-030": Code(_E, "The resource has changed since it was read", "Read it again, and change what stands there now", http=412),
    "FH-031": Code(_E, "Several resources fit the condition", "Say more, so that at most one fits", http=412),
    "FH-032": Code(
        _E,
        "Another partner told this",
        "Only who told a fact may change it: tell your own, and name the other in a link",
        http=403,
    ),
    "FH-033": Code(_E, "This has been taken back", "Its earlier versions are in its history", http=410),
    "FH-034": Code(_E, "This is no valid FHIR R4", "Correct what the issues name, and send it again", http=422),
    "FH-035": Code(_E, "The request does not fit its address: {fault}", "Correct it, and send it again", http=400),
    "FH-036": Code(_E, "The request is larger than is taken: {fault}", "Send it in parts, or as a bulk file", http=413),
    "FH-037": Code(_E, "There is no such resource", "Search again", http=404),
    "FH-038": Code(
        _E, "A reference leads nowhere", "Send what it means in the same Bundle or before, or name it by an identifier", http=422
    ),
    "FH-039": Code(
        _E, "A narrative holds what no narrative may hold: {fault}", "Send plain formatted text (FHIR R4, rule txt-1)", http=422
    ),
    "FH-040": Code(_E, "One Bundle changes the same resource twice", "Send one change for each resource", http=400),
    "FH-041": Code(
        _E, "The patch cannot be applied: {fault}", "Read the resource again, and make the patch for what stands there", http=422
    ),
    "FH-042": Code(
        _E, "Who sends this is not known", "Send the key of a channel of a partner: Authorization: Bearer ...", http=401
    ),
    "FH-043": Code(_E, "The body came too slowly and was given up", "Send it again", http=408),
    "FH-044": Code(_E, "This form of body is not taken here", "Send application/fhir+json", http=415),
    "FH-045": Code(_E, "Resources of this type are not taken over this way", "See what /fhir/metadata says", http=405),
    "FH-046": Code(_E, "This condition is not searched by: {fault}", "Say what the resource itself says, or use its id"),
    "FH-047": Code(_E, "An export is running already", "Ask again when it is done, or cancel it", http=429),
    "FH-048": Code(_E, "There is no such export, or it has expired", "Start a new one", http=404),
    "FH-049": Code(
        _E, "A notice may not be sent to this address", "Ask the operator to allow it: notify in the partner's profile", http=422
    ),
    "FH-050": Code(_E, "This key is another partner's", "Send to the address of the partner whose key it is", http=403),
    "FH-051": Code(_E, "The parameter {name} is not known here, or has a wrong value", "See docs/how-to/fhir-write.md", http=400),
    "FH-052": Code(_E, "The change was made at the same time as another", "Send it again", http=409),
    "FH-053": Code(
        _E, "The receiver of notices did not take it ({fault})", "It is tried again; see the Subscription's status", http=502
    ),
    "FH-054": Code(_E, "The token does not permit this type of resource", "Ask for a token with a scope for it", http=403),
    "FH-055": Code(_E, "This consent cannot be carried out here", "See docs/reference/fhir.md; nothing of it was kept", http=422),
    "DE-002": Code(
        _E, "The receiver refused it: {word}", "Ask the receiver why; then `vado deliveries --retry` it", http=502, exit=4
    ),
    "DE-010": Code(_F, "No such delivery", "Look at `vado deliveries`", http=404),
    "DE-011": Code(_E, "Nobody here writes the form {form}", "Correct form in the [[send]] of the profile, or add the writer"),
    "DE-012": Code(
        _E,
        "They were sent a record while somebody else's facts were in it, and no record of theirs could correct it",
        "Tell them in another way; then `vado deliveries --told` notes it",
    ),
    "DE-013": Code(_E, "A fault of Vado while writing it", "Report it with the delivery's id; the next change writes it again"),
    "DE-014": Code(_F, "A newer delivery has taken its place", "Nothing; the newer one is sent", http=409),
    "DE-015": Code(
        _F,
        "No destination is named {destination}",
        "Name partner or partner/wish; `vado deliveries` lists them",
        http=404,
        exit=2,
    ),
    "DE-016": Code(_F, "{destination} is not held", "Nothing", http=409),
    "DE-017": Code(_W, "The receiver's answer is not understood: {fault}", "Nothing; it is tried again", http=502, exit=4),
    "DE-018": Code(_E, "This way of travel cannot carry it: {fault}", "Correct the [[send]] of the profile", http=422),
    "DE-019": Code(_W, "A fault of Vado while sending it", "Report it with the delivery's id; it is tried again", http=500),
    "DE-021": Code(
        _F, "This delivery is being sent, or is done with", "Look at it again; to send it once more, `vado resend`", http=409
    ),
    "DE-022": Code(
        _E, "The receiver refuses Vado itself: {word}", "Correct certificate, user or token; it is tried again", http=502, exit=4
    ),
    "DE-023": Code(
        _E,
        "The receiver sends Vado elsewhere: {word}",
        "Ask the receiver for the address; only the profile says where to send",
        http=502,
    ),
    "DE-024": Code(_W, "Another process dealt with the same changes", "Nothing", http=409),
    # FH-xxx: FHIR
    "FH-001": Code(_E, "The search parameter {name} is not known for {kind}", "See /fhir/metadata for those that are"),
    "FH-002": Code(_E, "The modifier of {name} is not served here", "See docs/reference/fhir.md for those that are"),
    "FH-003": Code(_E, "The value of {name} is not what a {type} parameter takes", "See docs/reference/fhir.md"),
    "FH-004": Code(_E, "There are more than {most} {what} in one question", "Ask in several questions"),
    "FH-005": Code(_E, "{name} reads everything when it stands alone", "Ask for something more exact besides"),
    "FH-006": Code(_E, "The chain of {name} does not say which type it goes through", "Write name:Type.parameter"),
    "FH-007": Code(_E, "{name} includes what is not known here", "Write Type:parameter, as /fhir/metadata lists it"),
    "FH-008": Code(_E, "There is no resource type {kind} here", "See /fhir/metadata", http=404),
    "FH-009": Code(_E, "This page is kept no longer", "Search again", http=410),
    "FH-010": Code(_E, "The question takes too long", "Ask for something more exact: a patient, a number, a code", http=403),
    "FH-011": Code(_E, "The search index is not complete", "Run `vado fhir index`", http=503, exit=4),
    "FH-012": Code(_E, "There is no such resource", "Check the id", http=404),
    "FH-013": Code(_E, "The resource is no longer there", "Read its history", http=410),
    "FH-014": Code(
        _E, "It was read from paper, and no person has reviewed it: it is not given out", "Review it at the desk", http=403
    ),
    "FH-015": Code(_E, "There is no such version", "See the resource's history", http=404),
    # OP-xxx: operators
    "OP-001": Code(
        _E,
        "It was read {count} times in vain and is not tried again by itself",
        "See `vado trace` of it for what happened; `vado replay --original` reads it again",
    ),
    "OP-002": Code(
        _F,
        "A fault of Vado stopped the reading ({fault})",
        "Nothing at first, it is tried again; if it stays, report it with the original's id",
    ),
    "OP-003": Code(_F, "Partner {partner} is held already", "Nothing; `vado partner holds` says why", http=409, exit=2),
    "OP-004": Code(_F, "No reason is given", "Say why: whoever finds it held has to know", http=422, exit=2),
    "OP-005": Code(_F, "Partner {partner} is not held", "Nothing; `vado partner holds` says who is", http=409, exit=2),
    "OP-006": Code(_F, "More than one original has an id that begins so", "Give more of the id", http=409),
    # ST-xxx: store;  RE-xxx: record;  AC-xxx: access
    "ST-001": Code(_F, "The store did not answer", "Retrying is safe", http=503, exit=4),
    "ST-002": Code(
        _F, "Kept bytes differ from their hash", "Restore this original from backup; see docs/how-to/verify.md", http=500, exit=4
    ),
    "ST-003": Code(
        _F, "More is waiting to be read than may wait", "Retrying later is safe; see what holds the reading up", http=503, exit=4
    ),
    "RE-001": Code(_F, "No such person", "Search again", http=404),
    "RE-002": Code(_F, "No such fact", "Search again", http=404),
    "RE-003": Code(_F, "No such original", "Search again", http=404),
    "RE-004": Code(_F, "This doubt has been settled already", "Nothing to do", http=409),
    "RE-005": Code(_F, "No such page in this original", "Search again", http=404),
    "RE-006": Code(_F, "A person has decided this already", "Take that decision back first if it is wrong", http=409),
    "RE-007": Code(_F, "You have read this one already", "Another person has to read it as well", http=409),
    "RE-008": Code(_F, "The correction does not fit at {path}", "Write it as it stands on the paper, or reject it", http=422),
    "RE-009": Code(_F, "There is no decision of yours to take back", "Nothing to do", http=409),
    "RE-010": Code(
        _F,
        "These are not some of the patients of one person",
        "Look at the person again, and choose some of its patients",
        http=409,
    ),
    "RE-011": Code(_F, "No person has decided whose record this is, so there is nothing to take back", "Nothing to do", http=409),
    "AC-001": Code(_F, "This viewer may not see this", "Ask the administrator for the role", http=403, exit=5),
    "AC-002": Code(
        _F,
        "You have no care relation with this person",
        "If it cannot wait, open the record with a reason: the person will be told",
        http=403,
        exit=5,
    ),
    "AC-003": Code(_F, "There were too many tries to sign in", "Wait a quarter of an hour, then try again", http=429, exit=5),
    "AC-004": Code(
        _F, "The name or the password is wrong", "Try again; the administrator can set a new password", http=401, exit=5
    ),
    "AC-005": Code(
        _F,
        "The content of an original is opened only with a reason",
        "Say why on the page of the original: it is noted",
        http=403,
        exit=5,
    ),
    "AC-006": Code(
        _F,
        "The audit trail was altered: row {row} does not follow from the one before",
        "Compare with a backup; tell who answers for data protection",
        http=500,
        exit=4,
    ),
    "AC-007": Code(_F, "No such account", "See `vado account list`", http=404, exit=2),
    "AC-008": Code(_F, "There is an account of this name already", "Choose another name", http=409, exit=2),
    "AC-009": Code(
        _F,
        "The password has fewer than {least} characters",
        "Choose a longer one; a few words in a row are good",
        http=422,
        exit=2,
    ),
    "AC-010": Code(_F, "You are not signed in", "Sign in, then do it again", http=401, exit=5),
    "AC-011": Code(_F, "The reason is too short", "Say in a few words why it has to be opened", http=422, exit=2),
    "AC-012": Code(
        _F,
        "The audit trail no longer holds row {row} as it was anchored",
        "Rows were removed or altered: compare with a backup; tell who answers for data protection",
        http=500,
        exit=4,
    ),
    "AC-013": Code(_F, "No such consent or relation", "See `vado consent list`", http=404, exit=2),
    "AC-014": Code(_F, "An account of this kind needs {what}", "Say it with {option}", http=422, exit=2),
    "AC-015": Code(
        _F,
        "The program did not show who it is",
        "Check its name, its key, the audience, the time and the address to come back to",
        http=401,
        exit=5,
    ),
    "AC-016": Code(
        _F, "The program may have none of these scopes", "Ask for less, or let the administrator register more", http=400, exit=5
    ),
    "AC-017": Code(_F, "Sign-in outside did not work", "Try again; tell the people who run it", http=401, exit=5),
    "AC-020": Code(
        _F, "Too much was asked from here in a short time", "Wait {seconds} seconds, then do it again", http=429, exit=5
    ),
    "AC-021": Code(_F, "The passkey was not accepted", "Try again, or sign in with your password", http=401, exit=5),
    "AC-022": Code(
        _F,
        "The password is one of those that are guessed first",
        "Choose a few words in a row that do not belong together",
        http=422,
        exit=2,
    ),
    "AC-023": Code(
        _F, "The code is wrong, was used already, or is over", "Ask the administrator for a new one", http=401, exit=5
    ),
    "AC-024": Code(_F, "This is the only way you can sign in", "Set a password or add another passkey first", http=409, exit=2),
    "AC-025": Code(_F, "The password that you have now is another one", "Try again", http=422, exit=2),
    "AC-026": Code(_F, "An account of this kind signs in otherwise", "Make a token for it instead", http=422, exit=2),
}
