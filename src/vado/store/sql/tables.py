"""The tables, the same on SQLite and PostgreSQL. Times are ISO 8601 text in UTC, so that they sort alike in both."""

from sqlalchemy import BigInteger, Column, Double, Float, Index, Integer, LargeBinary, MetaData, PrimaryKeyConstraint, Table
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
    PrimaryKeyConstraint("partner", "original", "n"),
    Index("fact_by_id", "id"),
    Index("fact_by_patient", "patient"),
    Index("fact_by_confidence", "confidence"),
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
    Column("body", LargeBinary, comment="zlib of JSON: the Reading without its children; NULL: not kept, before version 0011"),
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
    Index("audit_by_subject", "subject", "seq"),
    comment="who saw or did what; ids only",
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

resource = Table(
    "resource", metadata,
    Column(
        "number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False,
        comment="when first known, microseconds since 1970: strictly growing",
    ),
    Column("ref", Text, nullable=False, comment="'Patient/1'"),
    Column("kind", Text, nullable=False, comment="FHIR resource type"),
    Column("patient", Text, comment="the partner's Patient it is about"),
    Column("version", Integer, nullable=False),
    Column("changed", BigInteger, nullable=False, comment="when this version was made, microseconds since 1970: strictly growing"),
    Column("state", Integer, nullable=False, comment="0 may be given out, 1 gone, 2 withheld"),
    Column("digest", BigInteger, nullable=False, comment="of what it says"),
    Column("body", LargeBinary, nullable=False, comment="JSON as it is given out"),
    Index("resource_by_ref", "ref", unique=True),
    Index("resource_by_kind", "kind", "state", "number"),
    Index("resource_by_kind_change", "kind", "changed"),
    Index("resource_by_change", "changed"),
    Index("resource_by_patient", "patient"),
    comment="every fact as it stands and is given out over FHIR; made from `fact`, `decision` and `link`",
)  # fmt: skip

resource_former = Table(
    "resource_former", metadata,
    Column("ref", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("state", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("patient", Text),
    PrimaryKeyConstraint("ref", "version"),
    Index("resource_former_by_change", "kind", "changed"),
    comment="earlier versions of `resource`",
)  # fmt: skip

find_token = Table(
    "find_token", metadata,
    Column("parameter", Integer, nullable=False, comment="terms/searching.py: number"),
    Column("code", Text, nullable=False),
    Column("number", BigInteger, nullable=False, comment="resource.number"),
    Column("system", Text, nullable=False),
    PrimaryKeyConstraint("parameter", "code", "number", "system"),
    Index("find_token_by_number", "number", "parameter"),
    comment="codes, numbers and addresses by which resources are found",
    sqlite_with_rowid=False,
)  # fmt: skip

find_reference = Table(
    "find_reference", metadata,
    Column("parameter", Integer, nullable=False),
    Column("target", Text, nullable=False, comment="'Patient/1', or an absolute address"),
    Column("number", BigInteger, nullable=False),
    PrimaryKeyConstraint("parameter", "target", "number"),
    Index("find_reference_by_number", "number", "parameter"),
    comment="what resources refer to",
    sqlite_with_rowid=False,
)  # fmt: skip

find_string = Table(
    "find_string", metadata,
    Column("parameter", Integer, nullable=False),
    Column("value", Text, nullable=False, comment="plain letters"),
    Column("number", BigInteger, nullable=False),
    Column("said", Text, nullable=False, comment="as it was said; '' where `value` begins at a later word"),
    PrimaryKeyConstraint("parameter", "value", "number", "said"),
    Index("find_string_by_number", "number", "parameter"),
    comment="texts by whose beginning resources are found",
    sqlite_with_rowid=False,
)  # fmt: skip

find_date = Table(
    "find_date", metadata,
    Column("parameter", Integer, nullable=False),
    Column("low", BigInteger, nullable=False, comment="milliseconds since 1970"),
    Column("high", BigInteger, nullable=False, comment="not included"),
    Column("number", BigInteger, nullable=False),
    PrimaryKeyConstraint("parameter", "low", "high", "number"),
    Index("find_date_by_high", "parameter", "high"),
    Index("find_date_by_number", "number", "parameter"),
    comment="when what resources tell of was",
    sqlite_with_rowid=False,
)  # fmt: skip

find_quantity = Table(
    "find_quantity", metadata,
    Column("parameter", Integer, nullable=False),
    Column("unit", Text, nullable=False, comment="'' any, '=...' UCUM base units, else as said"),
    Column("low", Double, nullable=False),
    Column("high", Double, nullable=False),
    Column("number", BigInteger, nullable=False),
    PrimaryKeyConstraint("parameter", "unit", "low", "high", "number"),
    Index("find_quantity_by_high", "parameter", "unit", "high"),
    Index("find_quantity_by_number", "number", "parameter"),
    comment="measured values by which resources are found",
    sqlite_with_rowid=False,
)  # fmt: skip

due = Table(
    "due", metadata,
    Column("work", Text, primary_key=True, comment="'fhir': `vado fhir index`"),
    comment="what a migration left to do",
)  # fmt: skip
