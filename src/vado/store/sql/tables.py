"""The tables, the same on SQLite and PostgreSQL. Times are ISO 8601 text in UTC, so that they sort alike in both."""

from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, MetaData, PrimaryKeyConstraint, Table
from sqlalchemy import Text as AnyText
from sqlalchemy.dialects.postgresql import TEXT

metadata = MetaData()
# Byte order in both, whatever the language of the server.
Text = AnyText().with_variant(TEXT(collation="C"), "postgresql")

original = Table(
    "original", metadata,
    Column("partner", Text, nullable=False),
    Column("id", Text, nullable=False, comment="sha-256 of the bytes"),
    Column("channel", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("received", Text, nullable=False),
    Column("parent", Text, comment="the container it was unpacked from"),
    Column("size", Integer, nullable=False, comment="bytes"),
    Column("name", Text, nullable=False, comment="the sender's file name: private"),
    Column("state", Text, nullable=False),
    Column("reader", Text, nullable=False, comment="name of the format, '' when not read"),
    Column("fidelity", Integer),
    Column("facts", Integer, nullable=False),
    Column("ends", Text, nullable=False, comment="JSON: End -> count of source elements"),
    Column("issues", Text, nullable=False, comment="JSON list of issues; no patient values"),
    Column("cursor", Text, nullable=False, comment="received|partner|id: the order of listings"),
    PrimaryKeyConstraint("partner", "id"),
    Index("original_by_state", "state", "cursor"),
    Index("original_by_cursor", "cursor"),
    Index("original_by_parent", "partner", "parent"),
    comment="every file received, and where it stands; the bytes lie in the originals folder",
)  # fmt: skip

reading = Table(
    "reading", metadata,
    Column("partner", Text, nullable=False),
    Column("original", Text, nullable=False),
    Column("reader", Text, nullable=False, comment="with version: a change makes a new reading"),
    Column("body", LargeBinary, nullable=False, comment="zlib of JSON: the Reading without its children"),
    Column("ledger", LargeBinary, nullable=False, comment="zlib of JSON: the end of every source element"),
    PrimaryKeyConstraint("partner", "original"),
    comment="what was seen in an original",
)  # fmt: skip

fact = Table(
    "fact", metadata,
    Column("partner", Text, nullable=False),
    Column("original", Text, nullable=False),
    Column("n", Integer, nullable=False, comment="its place in the original's list"),
    Column("id", Text, nullable=False, comment="FHIR id"),
    Column("kind", Text, nullable=False, comment="FHIR resource type"),
    Column("patient", Text, comment="the partner's Patient it is about"),
    Column("fidelity", Integer, nullable=False),
    Column("received", Text, nullable=False),
    Column("confidence", Float, nullable=False, comment="chance that it was read right; below 1 only from paper"),
    Column("resource", Text, nullable=False, comment="JSON"),
    Column("evidence", Text, nullable=False, comment="JSON"),
    Column("digest", BigInteger, comment="of what it says; NULL: told before version 0013"),
    Column("rank", Text, comment="the newest telling of a fact has the greatest"),
    PrimaryKeyConstraint("partner", "original", "n"),
    Index("fact_by_id", "id", "digest", "rank"),
    Index("fact_by_patient", "patient"),
    Index("fact_by_confidence", "confidence"),
    Index("fact_by_kind", "kind", "id"),
    comment="what each original says; one row a telling",
)  # fmt: skip

former = Table(
    "former", metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("partner", Text, nullable=False),
    Column("original", Text, nullable=False),
    Column("reader", Text, nullable=False, comment="with version: what had read it"),
    Column("at", Text, nullable=False, comment="when it was read anew"),
    Column("facts", LargeBinary, nullable=False, comment="zlib of JSON: what it had said"),
    Column("body", LargeBinary, comment="zlib of JSON: the Reading without its children; NULL: not kept, before version 0007"),
    Column("ledger", LargeBinary, comment="zlib of JSON: the end of every source element"),
    Column("issues", Text, comment="JSON list of issues"),
    Index("former_by_original", "partner", "original", "seq"),
    comment="what an original said to an earlier version of its reader; never altered",
)  # fmt: skip

accepted = Table(
    "accepted", metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("partner", Text, nullable=False),
    Column("local", Text, nullable=False, comment="the code as sent, or the text where there is no code"),
    Column("body", Text, nullable=False, comment="JSON: the row of the concept map, with who and when"),
    Index("accepted_by_local", "partner", "local", "seq"),
    comment="what partners' own codes mean; the newest row of a local code holds; never altered",
)  # fmt: skip

concept = Table(
    "concept", metadata,
    Column("system", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("display", Text, nullable=False),
    PrimaryKeyConstraint("system", "code", "language"),
    comment="code systems that the place has a licence for",
)  # fmt: skip

concept_word = Table(
    "concept_word", metadata,
    Column("word", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("language", Text, nullable=False),
    PrimaryKeyConstraint("word", "system", "code", "language"),
    Index("concept_word_by_concept", "system", "code", "language"),
    comment="words under which a concept is found",
)  # fmt: skip

patient = Table(
    "patient", metadata,
    Column("number", Integer, primary_key=True, autoincrement=True, comment="its short name in `block`"),
    Column("id", Text, nullable=False),
    Column("demographics", Text, nullable=False, comment="JSON, normalised for matching"),
    Column("hashes", LargeBinary, nullable=False, comment="under which it stands in `block`: 8 bytes each"),
    Index("patient_by_id", "id", unique=True),
    comment="partners' patients as matching knows them",
)  # fmt: skip

block = Table(
    "block", metadata,
    Column("key", BigInteger, nullable=False, comment="64 bits of the hash of a blocking key"),
    Column("patient", Integer, nullable=False, comment="patient.number"),
    PrimaryKeyConstraint("key", "patient"),
    comment="blocking keys: who is compared with whom",
    sqlite_with_rowid=False,
)  # fmt: skip

word = Table(
    "word", metadata,
    Column("word", Text, nullable=False),
    Column("patient", Text, nullable=False),
    PrimaryKeyConstraint("word", "patient"),
    Index("word_by_patient", "patient"),
    comment="words under which a patient is found",
)  # fmt: skip

link_event = Table(
    "link_event", metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("patient", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("body", Text, nullable=False, comment="JSON: the LinkEvent with its reasons"),
    Index("link_event_by_patient", "patient", "seq"),
    Index("link_event_by_person", "person", "patient"),
    comment="every decision on whose record a patient is; never altered",
)  # fmt: skip

link = Table(
    "link", metadata,
    Column("patient", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Index("link_by_person", "person", "seq"),
    comment="the decision in force per patient",
)  # fmt: skip

feed = Table(
    "feed", metadata,
    Column("partner", Text, nullable=False),
    Column("day", Text, nullable=False, comment="YYYY-MM-DD, UTC"),
    Column("arrived", Integer, nullable=False, comment="numbered patients that were new"),
    Column("joined", Integer, nullable=False, comment="of these: joined by a rule to another of the same partner"),
    PrimaryKeyConstraint("partner", "day"),
    comment="what is usual of a partner, for the circuit breaker",
)  # fmt: skip

doubt = Table(
    "doubt", metadata,
    Column("id", Text, primary_key=True),
    Column("partner", Text, nullable=False),
    Column("original", Text, nullable=False),
    Column("verdict", Text, nullable=False, comment="'' while open"),
    Column("at", Text, nullable=False),
    Column("weight", Float, nullable=False),
    Column("body", Text, nullable=False, comment="JSON: the Doubt as asked"),
    Column("by", Text, nullable=False),
    Index("doubt_open", "verdict", "at"),
    Index("doubt_by_original", "partner", "original"),
    comment="possible matches that a person decides",
)  # fmt: skip

decision = Table(
    "decision", metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("fact", Text, nullable=False),
    Column("patient", Text),
    Column("partner", Text, nullable=False),
    Column("body", Text, nullable=False, comment="JSON: the Decision with the fact as it was proposed"),
    Index("decision_by_fact", "fact", "seq"),
    Index("decision_by_patient", "patient", "seq"),
    Index("decision_by_partner", "partner", "seq"),
    comment="what persons said about values read from paper; never altered",
)  # fmt: skip

settled = Table(
    "settled", metadata,
    Column("fact", Text, nullable=False),
    Column("original", Text, nullable=False),
    PrimaryKeyConstraint("fact", "original"),
    comment="tellings from paper that need no person any more: the desk need not look at them",
)  # fmt: skip

audit = Table(
    "audit", metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("at", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("hash", Text, nullable=False, server_default="", comment="of this row and the hash before it"),
    Index("audit_by_subject", "subject", "seq"),
    comment="who saw or did what; ids only",
)  # fmt: skip

export = Table(
    "export", metadata,
    Column("id", Text, primary_key=True),
    Column("begun", Text, nullable=False),
    Column("body", Text, nullable=False, comment="JSON: what is wanted, what is written"),
    Index("export_by_begun", "begun", "id"),
    comment="bulk exports and where each stands; their files lie in the exports folder",
)  # fmt: skip

subscription = Table(
    "subscription", metadata,
    Column("id", Text, primary_key=True),
    Column("partner", Text, nullable=False),
    Column("body", Text, nullable=False, comment="JSON: the Subscription as it stands"),
    comment="who wants to hear of changes",
)  # fmt: skip

notice = Table(
    "notice", metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("subscription", Text, nullable=False),
    Column("fact", Text, nullable=False, comment="Type/id"),
    Column("at", Text, nullable=False),
    Index("notice_by_subscription", "subscription", "number"),
    comment="changes that a subscriber has not taken yet",
)  # fmt: skip

account = Table(
    "account", metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("outside", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("account_by_name", "name", unique=True),
    Index("account_by_outside", "outside"),
    comment="who can sign in",
)  # fmt: skip

password = Table(
    "password", metadata,
    Column("account", Text, primary_key=True),
    Column("hash", Text, nullable=False),
    comment="argon2id hashes",
)  # fmt: skip

passkey = Table(
    "passkey", metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("made", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("passkey_by_account", "account", "made", "id"),
    comment="public halves of the key pairs that people sign in with",
)  # fmt: skip

session = Table(
    "session", metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("began", Text, nullable=False),
    Column("ends", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("session_by_account", "account", "began", "id"),
    Index("session_by_end", "ends"),
    comment="random secrets, of which only the hash is kept",
)  # fmt: skip

relation = Table(
    "relation", metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("relation_by_account", "account", "since"),
    Index("relation_by_subject", "subject", "since"),
    comment="what ties an account to somebody's record",
)  # fmt: skip

consent = Table(
    "consent", metadata,
    Column("id", Text, primary_key=True),
    Column("turns", Text, nullable=False, server_default="", comment="UTC: when it next begins or ends by itself; '' never"),
    Column("body", Text, nullable=False),
    Index("consent_by_turns", "turns"),
    comment="what persons permit and hide; FHIR Consent",
)  # fmt: skip

consent_patient = Table(
    "consent_patient", metadata,
    Column("patient", Text, nullable=False),
    Column("consent", Text, nullable=False),
    PrimaryKeyConstraint("patient", "consent"),
    Index("consent_patient_by_consent", "consent"),
    comment="whose consent it is",
)  # fmt: skip

attempt = Table(
    "attempt", metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False),
    Column("at", Text, nullable=False),
    Index("attempt_by_key", "key", "at"),
    Index("attempt_by_time", "at"),
    comment="tries to sign in, of late",
)  # fmt: skip

once = Table(
    "once", metadata,
    Column("key", Text, primary_key=True),
    Column("until", Text, nullable=False),
    Index("once_by_time", "until"),
    comment="what must not be used twice",
)  # fmt: skip

hold = Table(
    "hold", metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("partner", Text, nullable=False),
    Column("reason", Text, nullable=False, comment="an operator's words"),
    Column("by", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("released", Text, nullable=False, comment="when it ended, '' while it is in force"),
    Column("released_by", Text, nullable=False),
    Index("hold_in_force", "released", "partner"),
    comment="partners whose originals are kept and not read until they are released",
)  # fmt: skip

again = Table(
    "again", metadata,
    Column("partner", Text, nullable=False),
    Column("original", Text, nullable=False),
    Column("count", Integer, nullable=False, comment="readings begun so far"),
    Column("code", Text, nullable=False, comment="of the last failure"),
    Column("due", Text, nullable=False, comment="when it is read again, '' when no more"),
    PrimaryKeyConstraint("partner", "original"),
    Index("again_by_due", "due"),
    comment="originals whose reading failed for a cause that may pass",
)  # fmt: skip

outcome = Table(
    "outcome", metadata,
    Column("partner", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("hour", Text, nullable=False, comment="YYYY-MM-DDTHH, UTC"),
    Column("code", Text, nullable=False, comment="why they could not be read, '' for those that were"),
    Column("count", Integer, nullable=False),
    PrimaryKeyConstraint("partner", "channel", "hour", "code"),
    Index("outcome_by_hour", "hour"),
    comment="what became of first readings, for alerts",
)  # fmt: skip

change = Table(
    "change", metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("patient", Text, nullable=False),
    Column("left", Text, nullable=False, comment="the person it was in before; '' when it stayed where it was"),
    Index("change_by_left", "left"),
    comment="records that changed, for the outbox to look at; a row goes in the transaction that makes its deliveries",
)  # fmt: skip

delivery = Table(
    "delivery", metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False),
    Column("partner", Text, nullable=False),
    Column("wish", Text, nullable=False),
    Column("person", Text, nullable=False, comment="'' when it holds many"),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", Text, nullable=False, comment="not to be sent before; '' when it is not to be sent"),
    Column("claim", Text, nullable=False, comment="who is sending it, until due; '' nobody"),
    Column("body", Text, nullable=False, comment="JSON: the Delivery; its bytes lie with the originals"),
    Index("delivery_by_id", "id", unique=True),
    Index("delivery_by_state", "partner", "wish", "state", "seq"),
    Index("delivery_by_record", "partner", "wish", "person", "seq"),
    Index("delivery_by_person", "person", "seq"),
    comment="what was sent to whom, and what is to be sent",
)  # fmt: skip

lane = Table(
    "lane", metadata,
    Column("partner", Text, nullable=False),
    Column("wish", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("seq", Integer, nullable=False, comment="delivery.seq"),
    PrimaryKeyConstraint("partner", "wish", "person", "seq"),
    Index("lane_by_delivery", "seq"),
    comment="deliveries that wait, by each person whose order they keep",
)  # fmt: skip

manifest = Table(
    "manifest", metadata,
    Column("delivery", Text, nullable=False, comment="delivery.id"),
    Column("person", Text, nullable=False, comment="whose facts these are"),
    Column("body", LargeBinary, nullable=False, comment="zlib of JSON: the Manifest; ids and fingerprints, no values"),
    PrimaryKeyConstraint("delivery", "person"),
    Index("manifest_by_person", "person"),
    comment="which facts each delivery holds",
)  # fmt: skip

destination_hold = Table(
    "destination_hold", metadata,
    Column("partner", Text, nullable=False),
    Column("wish", Text, nullable=False, comment="'' for everything that goes to the partner"),
    Column("why", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Text, nullable=False),
    PrimaryKeyConstraint("partner", "wish"),
    comment="destinations to which a person lets nothing go",
)  # fmt: skip
