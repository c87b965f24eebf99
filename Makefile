# Two commands need nothing but python3 (3.11 or newer) and make:
#   make run     start Lucien: with BOT_TOKEN as himself, without it as a trial on http://127.0.0.1:8000/sandbox/
#   make test    the test-suite on the embedded defaults
# Besides: make proof (the long series), make test-postgres DATABASE_URL=… REDIS_URL=…

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
RUNTIME := $(VENV)/requirements.stamp
TESTING := $(VENV)/requirements-dev.stamp
# The suite reads no .env and, unless told otherwise, meets no database or Redis of the developer.
EMBEDDED := env -u DATABASE_URL -u REDIS_URL
# runbot migrates by itself; without a token, in the environment or in .env, it is the trial.
TRIAL := from lucien import environment; print("" if environment.read()[0].get("BOT_TOKEN", "").strip() else "--sandbox")
# Two workers halve the time on two cores, also where the slow tests come last; WORKERS= runs one test at a time.
WORKERS ?= -n 2 --dist worksteal
ARGS ?=

.DEFAULT_GOAL := run
.PHONY: run test test-postgres proof
.SILENT:

run: $(RUNTIME)
	exec $(RUN) manage.py runbot $$($(RUN) -c '$(TRIAL)') $(ARGS)

test: $(TESTING)
	$(EMBEDDED) $(RUN) -m pytest $(WORKERS) $(ARGS)

test-postgres: $(TESTING)
	test -n "$(DATABASE_URL)" || { echo "make test-postgres needs DATABASE_URL (and takes REDIS_URL)"; exit 2; }
	$(RUN) -m pytest $(WORKERS) $(ARGS)

proof: $(TESTING)
	$(EMBEDDED) $(RUN) -m tests.proof $(ARGS)

$(VENV)/bin/pip:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Lucien needs Python 3.11 or newer"; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.txt | $(VENV)/bin/pip
$(TESTING): requirements-dev.txt requirements.txt | $(VENV)/bin/pip
$(VENV)/%.stamp:
	echo "Installing $*.txt"
	$(RUN) -m pip install --quiet --disable-pip-version-check -r $*.txt
	touch $@
