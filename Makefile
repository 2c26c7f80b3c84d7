# Two commands matter: `make run` and `make test`. Each installs what it lacks on a fresh Debian machine and says so.
export PATH := $(HOME)/.cargo/bin:$(PATH)

.PHONY: run test build web fonts fmt lint unit walk crash bench soak help

help: ## This list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

run: ## Build and start Huiyin with the demo district
	scripts/ensure.sh run
	$(MAKE) web fonts
	cargo build --release --locked
	target/release/huiyin demo

build: ## The release binary, at target/release/huiyin
	scripts/ensure.sh run
	$(MAKE) web fonts
	cargo build --release --locked

test: ## The whole gate
	scripts/ensure.sh test
	$(MAKE) web fonts fmt lint unit walk crash

fonts: crates/notice/fonts/black.otf ## The faces of letters, from Debian's packages

crates/notice/fonts/black.otf: scripts/fonts.sh
	scripts/fonts.sh

web: web/dist/base.css ## The style sheet, from npm packages

web/dist/base.css: web/package.json web/package-lock.json web/scss/base.scss
	cd web && npm ci --silent && npm run --silent build

.PHONY: witness
witness: ## A witness killed again and again under 10,000 requests; part of `make soak`
	HUIYIN_WITNESS_REQUESTS=$(or $(REQUESTS),10000) cargo nextest run --release -p huiyin --locked --test it wit_1 --no-capture
soak: witness

fmt: ## Is everything formatted?
	cargo fmt --all -- --check

lint: ## No warnings
	cargo clippy --workspace --all-targets --all-features --locked -- -D warnings

unit: ## Unit and integration tests, on SQLite and PostgreSQL
	scripts/with-postgres.sh cargo nextest run --workspace --all-features --locked --no-fail-fast
	cargo nextest run -p store --lib --locked suite # A program without the suite gm says so.

walk: ## Walks through the pages in a real browser, with accessibility, on both databases
	cargo build --locked
	cd e2e && npm ci --silent
	rm -rf target/walk
	HUIYIN_WALK_DEMO=$(CURDIR)/target/walk scripts/with-postgres.sh node --test --test-concurrency=1 e2e/walks/
	rm -rf target/walk

bench: build ## Figures of this machine beside the bare database: SQLite, then PostgreSQL (long, tens of gigabytes of disk)
	scripts/ensure.sh test
	target/release/huiyin bench $(BENCH)
	scripts/with-postgres.sh sh -c 'target/release/huiyin bench $(BENCH) --database "$$HUIYIN_TEST_POSTGRES/postgres"'

crash: ## Crash safety, in short: kill -9, power cuts, I/O errors, a full disk, flipped bits, receipts offline; log-ins and a flood
	scripts/ensure.sh test
	cargo build --locked
	scripts/with-postgres.sh python3 soak/all.py short $(SOAK)

soak: build ## Long random campaigns with new seeds every time: crash safety at full size (hours), a simulated disk, courses of petitions, trees beside another implementation
	scripts/ensure.sh test
	HUIYIN_BINARY="$${CARGO_TARGET_DIR:-target}/release/huiyin" scripts/with-postgres.sh python3 soak/all.py full $(SOAK)
	HUIYIN_SEED=$(or $(SEED),$$(date +%s)) HUIYIN_STEPS=$(or $(STEPS),1000000) cargo nextest run --release -p store --lib --all-features --locked --no-capture nothing_acknowledged
	HUIYIN_CASES=$(or $(CASES),2000) cargo nextest run --release -p casework --locked random
	HUIYIN_CASES=10000 cargo nextest run --release -p casework --locked recusal
	HUIYIN_MATRIX=full scripts/with-postgres.sh cargo nextest run --release -p huiyin --locked --no-capture scope_2_
	scripts/second-opinion.py $(or $(TREES),10000)
