PYTHON ?= python3
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
TEST := EMBEDDED_NAME=test $(BIN)/python -m certification.embedded
# Names no server: for what looks at the code and never at the data.
NO_SERVERS := DATABASE_URL=postgres://nobody@localhost/none REDIS_URL=redis://localhost $(BIN)/python -m certification.embedded
LIKE_PRODUCTION := DEMO=0 SITE_URL=https://portal.example.org ALLOWED_HOSTS=portal.example.org TRUSTED_PROXY_COUNT=1
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: install ## the whole portal with invented people; PORT=8000, SIZE=5000, FRESH=1 starts over
	@$(BIN)/python -m demo || test $$? -eq 130 # Ctrl-C is the way out, not a failure

.PHONY: check
check: tools ## format, lint, types, import contracts, migrations, deployment settings, translations: seconds
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint --quiet --lint templates
	$(BIN)/lint-imports --no-logo
	$(NO_SERVERS) $(BIN)/mypy .
	$(TEST) $(MANAGE) makemigrations --check --dry-run
	$(LIKE_PRODUCTION) $(NO_SERVERS) $(MANAGE) check --deploy --fail-level WARNING
	@for po in $(wildcard locale/*/LC_MESSAGES/*.po); do \
		msgfmt --check --output-file=- $$po | cmp -s - $${po%.po}.mo || { echo "$$po is not compiled: make messages"; exit 1; }; \
	done

.PHONY: test
test: check ## check, and every test in its short form: under 8 minutes on two cores
	$(TEST) $(BIN)/pytest -n 2 --dist worksteal

.PHONY: test-long
test-long: check ## every test in its long form: under 60 minutes
	$(TEST) $(BIN)/pytest -n 2 --dist worksteal -m 'not bench and not short'

.PHONY: bench
bench: tools ## timings, to the screen and .local/bench.json; SIZE=100000
	EMBEDDED_NAME=bench $(BIN)/python -m certification.embedded $(BIN)/python -m tests.bench

# Where DATABASE_URL is not set: of the demonstration, which must not be running.
NEEDS_BACKUP = $(if $(BACKUP),,$(error BACKUP=path is missing))
.PHONY: backup
backup: install ## database and documents to one encrypted file; BACKUP=path, BACKUP_KEY in the environment
	$(NEEDS_BACKUP)
	@EMBEDDED_NAME=demo $(BIN)/python -m certification.embedded $(MANAGE) backup "$(BACKUP)"

.PHONY: restore
restore: install ## put back and compare what BACKUP=path holds; FORCE=1 also over people
	$(NEEDS_BACKUP)
	@EMBEDDED_NAME=demo $(BIN)/python -m certification.embedded $(MANAGE) restore "$(BACKUP)" $(if $(filter 1,$(FORCE)),--over-people)

.PHONY: format
format: install ## lay out the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: messages
messages: tools ## collect and compile what is to be translated
	$(NO_SERVERS) $(MANAGE) makemessages --all --no-obsolete --add-location file --ignore '.venv/*'
	$(NO_SERVERS) $(MANAGE) compilemessages --ignore '.venv'

.PHONY: lock
lock: install ## lock the dependencies of pyproject.toml; UPGRADE=--upgrade takes the newest it allows
	@test -x $(BIN)/uv || $(BIN)/pip install --quiet uv
	$(LOCK) $(UPGRADE) --output-file requirements.txt
	$(LOCK) $(UPGRADE) --extra dev --constraint requirements.txt --output-file requirements-dev.txt

# --- what the targets above need -----------------------------------------------------------------------------------
.PHONY: install
install: ## .venv with the locked dependencies, and the system packages they need
	@$(PYTHON) scripts/system_packages.py demo
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@cmp -s requirements-dev.txt .venv/installed.txt || { \
		echo "Installing the locked dependencies"; \
		$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt && \
		cp requirements-dev.txt .venv/installed.txt; }

.PHONY: tools
tools: install
	@$(PYTHON) scripts/system_packages.py test
