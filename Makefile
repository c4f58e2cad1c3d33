# The commands of everyday work. `make` alone lists them; ARCHITECTURE.md, "Build", tells how the parts fit.
#
# Each of them sets up what it needs first (scripts/setup), which takes no time once it is there. What is fresh is cargo's
# to know, so nothing here names files.

# Where the scripts look for what was built, whatever the surroundings say.
export CARGO_TARGET_DIR := target

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run build dev test fmt lint bench plans soak screenshots setup clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build and serve on http://127.0.0.1:3000 with an example migration and its traffic (ARGS="…" for `crossfade serve`)
	target/release/crossfade serve --example $(ARGS)

build: ## build the release: target/release/crossfade, and target/site which it serves
	scripts/setup build
	scripts/client release
	cargo build --release --bin crossfade

dev: ## serve a debug build, and build again whenever a file changes (ARGS="…" as above)
	scripts/setup build
	scripts/dev $(ARGS)

test: ## run every check; the last line is `N passed, N failed` (SUITES="lint e2e" for some, see scripts/test)
	@scripts/test $(SUITES)

fmt: ## format the sources
	cargo fmt

lint: ## run the lints alone
	@scripts/test format lint

soak: ## ten minutes of steady load, after which memory must be flat (SOAK_SECONDS=… for another length)
	scripts/setup build
	SOAK_SECONDS=$${SOAK_SECONDS:-600} cargo test --test limits soak -- --nocapture

bench: ## run the benchmarks
	scripts/setup build
	cargo bench

plans: ## fill PostgreSQL and SQLite with a year of data, and print what the statements behind every page cost
	scripts/setup test
	PLANS=year cargo test --test plans -- --nocapture

screenshots: ## take pictures of PATHS="/ …" into target/screenshots (STATES="watched" for some, DATA=FILE.ndjson for more)
	scripts/setup test
	scripts/client release
	cargo build --bin crossfade --examples
	cd end2end && PATHS='$(PATHS)' STATES='$(STATES)' DATA='$(if $(DATA),$(abspath $(DATA)))' \
		node_modules/.bin/playwright test --config screenshots.config.ts

setup: ## make this machine ready to build and test
	scripts/setup test

clean: ## delete everything that was built
	rm -rf target end2end/node_modules
