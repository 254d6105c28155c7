# `make run` and `make test` are the two commands to know; `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# A sanitized Beast file takes 2 GB: no more jobs than memory allows, however many cores there are.
JOBS ?= $(shell awk -v cores="$$(nproc)" '/MemAvailable/ {most = int($$2 / 2000000); if (most < 1) most = 1; \
	print cores < most ? cores : most}' /proc/meminfo)
ARGS ?=
PREFIX ?= /usr/local

# What ccache may ignore: without this it would miss on precompiled headers and in every other clone.
export CCACHE_SLOPPINESS ?= pch_defines,time_macros
export CCACHE_BASEDIR ?= $(CURDIR)
export CCACHE_NOHASHDIR ?= true

.PHONY: run
run: build ## install what is missing, build, and serve on http://localhost:3000 (ARGS="--port 4000")
	@exec env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u CCACHE_SLOPPINESS -u CCACHE_BASEDIR -u CCACHE_NOHASHDIR \
	  build/release/bin/duotty serve $(ARGS)

.PHONY: test
test: ## install what is missing, then build and run every test (SECTIONS="web dev" runs some)
	@JOBS=$(JOBS) scripts/test.sh $(SECTIONS)

.PHONY: build
build: packages-run web ## the release binary with the web UI inside
	@$(call cmake_build,release,duotty)

.PHONY: install
install: build ## the binary, its manual page and completions below PREFIX (/usr/local)
	@scripts/install.sh build/release/bin/duotty "$(DESTDIR)$(PREFIX)"

.PHONY: web
web: packages-run web/dist/index.html ## the web UI alone, into web/dist

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	@cd web && npm ci --no-audit --no-fund --loglevel=error && touch node_modules/.package-lock.json

# Official clients that the tests of the server use.
tests/node_modules/.package-lock.json: tests/package.json tests/package-lock.json
	@cd tests && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error && touch node_modules/.package-lock.json

web/dist/index.html: web/node_modules/.package-lock.json $(shell find web/src web/public web/build web/index.html web/*.ts web/*.json -type f 2>/dev/null)
	@cd web && npm run --silent build && touch dist/index.html

.PHONY: dev
dev: packages-test ## the debug build with its tests
	@$(call cmake_build,dev,all)

.PHONY: asan
asan: packages-test ## the tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@$(call cmake_build,asan,all)
	@ctest --preset asan -j $(JOBS)

.PHONY: bench
bench: packages-test web ## the table of measures (TTYD=/path/to/ttyd adds that peer)
	@$(call cmake_build,bench,all)
	@build/bench/bin/bench_e2e --duotty build/bench/bin/duotty --relay build/bench/bin/bench_relay $(ARGS)

.PHONY: fuzz
fuzz: packages-fuzz ## run every fuzz target from its corpus for FUZZ_SECONDS (60) each
	@$(call cmake_build,fuzz,fuzzers)
	@scripts/fuzz.sh "$${FUZZ_SECONDS:-60}"

.PHONY: fuzz-short
fuzz-short: packages-fuzz ## replay the fuzz corpora, then 20 s of fuzzing for each target
	@$(call cmake_build,fuzz,fuzzers)
	@scripts/fuzz.sh 20

.PHONY: tidy
tidy: packages-tidy ## clang-tidy on every C++ file
	@$(call cmake_build,tidy,all)

.PHONY: format
format: packages-tidy ## clang-format on every C++ file
	@git ls-files '*.cpp' '*.hpp' | xargs clang-format -i

.PHONY: docs
docs: build ## the generated page docs/api.md
	@{ cat docs/api.head.md; build/release/bin/duotty schema markdown; } >docs/api.md

.PHONY: clean
clean: ## everything that builds left
	@rm -rf build web/dist web/node_modules tests/node_modules web/coverage tests/e2e/artifacts tests/e2e/node_modules

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS=$$'\t' read -r name about; do \
	  printf '  make %-10s %s\n' "$$name" "$$about"; done

.PHONY: packages-run packages-test packages-fuzz packages-tidy
packages-run packages-test packages-fuzz packages-tidy: packages-%:
	@scripts/packages.sh $*

# cmake_build,preset,target: configures once (CMake itself notices later changes), then builds.
define cmake_build
[[ -f build/$(1)/build.ninja ]] || cmake --preset $(1) >build/$(1).log 2>&1 || { cat build/$(1).log >&2; exit 1; }; \
cmake --build --preset $(1) --target $(2) -j $(JOBS)
endef
$(shell mkdir -p build)
