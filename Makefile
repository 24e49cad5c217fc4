# make run: install into .venv and start the hub. make test: install what tests need, run them.
PYTHON ?= python3
HUB ?= localhost
BIN := .venv/bin
PACKAGES := $(wildcard words gateways tui_client bench tests)
PYTEST := $(BIN)/pytest --numprocesses 4 --dist loadfile  # many tests wait; those of a file stay together
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable

run: .venv/.run
	exec $(BIN)/words serve

# The terminal client: make chat HUB=chat.example.org
chat: .venv/.chat
	exec $(BIN)/words chat $(HUB)

test: .venv/.test .venv/.debian .venv/.synapse
	$(PYTEST)
	WORDS_LOOP=asyncio $(PYTEST) tests/gateways/irc tests/promise  # hubs on the other loop

soak: .venv/.test .venv/.debian .venv/.synapse
	WORDS_SOAK=1 $(BIN)/pytest -m soak --timeout 0

lint: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(PACKAGES)
	$(BIN)/lint-imports

bench: .venv/.test .venv/.debian-bench
	$(BIN)/python -m bench

# The Debian package; `make soak` installs it, too.
deb: | .venv/bin/pip
	packaging/debian/build

clean:
	rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# The stamps: a second run installs nothing again.
.venv/bin/pip:
	$(PYTHON) -m venv .venv

.venv/.chat: pyproject.toml constraints.txt | .venv/bin/pip
	$(PIP) '.[tui]'
	touch $@

.venv/.run: pyproject.toml constraints.txt | .venv/bin/pip
	$(PIP) .
	touch $@

.venv/.test: pyproject.toml constraints.txt | .venv/bin/pip
	$(PIP) '.[test,lint]'
	touch $@ .venv/.run

.venv/.debian: tests/support/install-debian | .venv/bin/pip
	tests/support/install-debian inspircd irssi libfaketime ngircd openssl prosody strace tmux weechat-curses
	touch $@

# A peer for the Matrix bridge, in an environment of its own.
.venv/.synapse: | .venv/bin/pip
	$(PYTHON) -m venv .venv/synapse
	.venv/synapse/bin/pip install --quiet --disable-pip-version-check matrix-synapse==1.163.2
	touch $@

.venv/.debian-bench: tests/support/install-debian | .venv/bin/pip
	tests/support/install-debian inspircd ngircd openssl weechat-curses
	touch $@

.PHONY: run chat test soak lint bench deb clean
