# make            the same as make test
# make long       the tests that take minutes: damaged records, whole corpora, mutants, a thousand kills, hostile text, a long walk
# make demo       the main job, from nothing: six trials checked, run, analysed, reported
# make test       lint and pytest, doctests included, in random order
# make lint       ruff, mypy --strict on src, import-linter
# make docs       the reference and the picture anew from the code; then every block of code in the documentation runs
# make bench      throughput of folding, screening, kernels
# make format     mend what ruff can mend
# make pins       requirements/*.txt anew, after a change to pyproject.toml or requirements/*.in
# make clean      take away .venv and what the tools remember
#
# demo, test, lint and bench set themselves up: Python 3.11 or later, make and a package index are all they need.

PYTHON ?= python3
in := .venv/bin

.DELETE_ON_ERROR:
.PHONY: all demo test long lint docs bench format pins clean

all: test

demo: .venv/run.stamp
	@$(in)/equipoise demo

# A red lint does not hide a red test: both run, pytest speaks last.
test: .venv/dev.stamp
	@$(MAKE) --no-print-directory lint || { red=1; echo "lint is red, see above; the tests run all the same"; }; \
	echo "pytest"; $(in)/python -m pytest && exit $${red:-0}

long: .venv/dev.stamp
	@$(in)/python -m pytest -m long

lint: .venv/dev.stamp
	@for each in "ruff check" "ruff format --check" mypy "lint-imports --no-logo"; do \
		echo "$$each"; said=$$($(in)/$$each 2>&1) || { red=1; echo "$$said"; }; \
	done; exit $${red:-0}

docs: .venv/dev.stamp
	@$(in)/python docs/build.py && $(in)/python -m pytest -q tests/test_docs.py

bench: .venv/dev.stamp
	@ls bench/*.py >/dev/null 2>&1 || { echo "bench/ holds nothing to run"; exit 1; }
	@set -e; for each in bench/*.py; do $(in)/python "$$each"; done

format: .venv/dev.stamp
	@$(in)/ruff check --fix --quiet; $(in)/ruff format

# One version of each for every Python and platform; no address of an index is written down.
pins := uv pip compile --quiet --no-config --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header
pins:
	@command -v uv >/dev/null || { echo "the pins are made with uv: pip install uv"; exit 1; }
	@env -u PIP_FIND_LINKS $(pins) pyproject.toml requirements/build.in -o requirements/run.txt
	@env -u PIP_FIND_LINKS $(pins) pyproject.toml requirements/build.in requirements/dev.in -c requirements/run.txt \
		-o requirements/dev.txt

clean:
	@rm -rf .venv .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

# --- set-up: each stamp is newer than what it was made from, so a second run does nothing ---

# twice quiet: errors are shown, a machine's own pip settings are not remarked upon
pip = $(in)/python -m pip install -qq --disable-pip-version-check --no-input
install = $(pip) --require-hashes -r $< && $(pip) --no-deps --no-build-isolation --editable . || \
	{ echo "not installed; pip's own words are above (it needs a package index in reach)"; exit 1; }

.venv/run.stamp: requirements/run.txt pyproject.toml .venv/pyvenv.cfg
	@echo "installing what equipoise needs to run (a minute, once)"
	@$(install)
	@touch $@

.venv/dev.stamp: requirements/dev.txt pyproject.toml .venv/pyvenv.cfg
	@echo "installing what equipoise needs to run and to be tested (a minute, once)"
	@$(install)
	@touch $@

.venv/pyvenv.cfg:
	@PYTHON="$(PYTHON)" sh requirements/venv.sh
