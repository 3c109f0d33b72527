# SPDX-License-Identifier: Apache-2.0
# The front door. Meson builds; this only says what is asked for most.
#
#   make          build/fother and build/fother-worker
#   make run      see the whole way once, on an engine of its own
#   make test     unit, cases, corpus, style; then the system tests (root)
#   make check    format, tidy, analyzer, layers, scripts
#   make bench    against the floor, Trivy and docker build; time and memory
#   make soak     each fuzzer for SOAK_SEC seconds (600)
#   make install  DESTDIR and PREFIX are honoured
BUILD ?= build
PREFIX ?= /usr/local
SOAK_SEC ?= 600
export FOTHER_BUILD = $(abspath $(BUILD))
PYTHON = /usr/bin/python3 -B

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD) --quiet

# What a compiler warns of at -O3 must not keep anybody from building; the
# builds of make check and .ci/run have it as errors.
$(BUILD)/build.ninja: | packages
	@meson setup --buildtype=release -Dwerror=false --prefix=$(PREFIX) $(BUILD) >/dev/null

packages:
	@tools/install-packages

run: packages all
	@$(PYTHON) tools/demo

test: packages all
	@meson test -C $(BUILD) --print-errorlogs
	@tools/system-tests $(TESTS)

check: packages
	@tools/check

bench: packages all
	@$(PYTHON) bench/run

soak: packages
	@tools/fuzz $(SOAK_SEC)

install: all
	@meson configure $(BUILD) -Dprefix=$(abspath $(PREFIX))
	@meson install -C $(BUILD) --quiet $(if $(DESTDIR),--destdir $(abspath $(DESTDIR)))

clean:
	@rm -rf $(BUILD)

.PHONY: all packages run test check bench soak install clean
