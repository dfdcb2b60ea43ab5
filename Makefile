# Two commands do everything: `make demo` and `make test`. Both build the environment first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

.PHONY: demo test check fix golden pictures reference bench fuzz spark lock clean

demo: $(READY)
	$(BIN)/vado demo $(ARGS)

test: $(READY)
	$(BIN)/pytest -n 2 --dist worksteal $(ARGS)

check: $(READY)
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/pyright

fix: $(READY)
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

golden: $(READY)
	VADO_GOLDEN=write $(BIN)/pytest tests/golden -q ; git diff --stat -- tests/golden

pictures: $(READY)
	VADO_PICTURES=write $(BIN)/pytest tests/story/test_help.py -q ; git diff --stat -- src/vado/web/static/help tests/story/help_words.json

reference: $(READY)
	$(BIN)/python -m vado.cli.reference docs/reference

bench: $(READY)
	$(BIN)/python -m benchmarks $(ARGS)

fuzz: $(READY)
	VADO_FUZZ_SECONDS=600 VADO_FUZZ_EXAMPLES=5000 $(BIN)/pytest tests/fuzz -q $(ARGS)
	$(BIN)/pip install --quiet atheris  # not in the lock: only this needs it
	for form in hl7v2 cda fhir table; do $(BIN)/python tests/fuzz/guided.py $$form -max_total_time=150 || exit 1; done

spark: $(READY)
	@java -version >/dev/null 2>&1 || { echo "Spark needs Java 17 or newer. Type: sudo apt-get install openjdk-17-jre-headless"; exit 1; }
	$(BIN)/pip install --quiet pyspark  # not in the lock: half a gigabyte that only this needs
	$(BIN)/pytest tests/linkage/test_batch.py -q $(ARGS)

# What is installed is what requirements.lock says, hash by hash.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Vado needs Python 3.11 or newer."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(MAKE) --no-print-directory venv-package
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Vado into $(VENV) (once) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

# Debian splits venv off python3: install it where we may, else say what to type.
.PHONY: venv-package
venv-package:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -y -qq python3-venv; \
	else echo "Python has no venv here. Type: sudo apt-get install python3-venv"; exit 1; fi

lock: $(READY)
	$(BIN)/uv pip compile --quiet --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links \
		--universal --python-version 3.11 --extra test --extra check -o requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) build dist src/*.egg-info
