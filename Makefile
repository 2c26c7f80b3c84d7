# Two commands matter: `make run` and `make test`. Each installs what it lacks on a fresh Debian machine and says so.
export PATH := $(HOME)/.cargo/bin:$(PATH)

.PHONY: run test build fmt lint unit help

help: ## This list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

run: ## Build and start Huiyin with the demo district
	scripts/ensure.sh run
	cargo build --release --locked
	target/release/huiyin demo

build: ## The release binary, at target/release/huiyin
	scripts/ensure.sh run
	cargo build --release --locked

test: ## The whole gate
	scripts/ensure.sh test
	$(MAKE) fmt lint unit

fmt: ## Is everything formatted?
	cargo fmt --all -- --check

lint: ## No warnings
	cargo clippy --workspace --all-targets --all-features --locked -- -D warnings

unit: ## Unit and integration tests, on SQLite and PostgreSQL
	scripts/with-postgres.sh cargo nextest run --workspace --all-features --locked --no-fail-fast
