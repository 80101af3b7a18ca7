# make: build. make demo: everything on a fresh machine, on a bundled capture. make test: install, build, all tests.
BUILD ?= build
PREFIX ?= $(or $(prefix),/usr/local)
DESTDIR ?=
SEED ?= 1

.PHONY: all packages configure demo test install clean sanitize lab lab-check bench geo fuzz format check-format

all: configure
	ninja -C $(BUILD)

packages:
	tools/packages.sh

configure:
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) --prefix=$(PREFIX) --sysconfdir=/etc

demo: packages
	$(MAKE) all
	tools/demo.sh $(BUILD)

test: packages
	$(MAKE) all
	meson test -C $(BUILD) --print-errorlogs

# The sanitizer builds, each with all tests.
sanitize:
	tools/sanitize.sh

install: all
	DESTDIR=$(DESTDIR) meson install -C $(BUILD) --no-rebuild

lab:
	python3 tests/lab/lab.py --seed $(SEED)

lab-check: all
	python3 tests/lab/check.py --seed $(SEED) --build $(BUILD)

bench: all
	bench/run.sh $(BUILD)

geo:
	tools/geo.sh

fuzz:
	tools/fuzz.sh

format:
	git ls-files '*.c' '*.h' | xargs clang-format-14 -i

check-format:
	git ls-files '*.c' '*.h' | xargs clang-format-14 --dry-run -Werror

clean:
	rm -rf $(BUILD)
