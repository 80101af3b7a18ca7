# make: build. make demo: everything on a fresh machine, on a bundled capture. make test: install, build, all tests.
BUILD ?= build
# Where the program is installed; without one, what the build folder was made for, at first /usr/local.
PREFIX ?= $(prefix)
DESTDIR ?=
SEED ?= 1
# make fuzz: seconds a target, and which (default: all).
SECONDS ?= 60
TARGETS ?=

.PHONY: all packages configure demo test install clean sanitize lab lab-check bench geo fuzz format check-format

all: configure
	ninja -C $(BUILD)

packages:
	tools/packages.sh

configure:
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) --prefix=$(or $(PREFIX),/usr/local) --sysconfdir=/etc
	@test -z "$(PREFIX)" || meson configure $(BUILD) -Dprefix=$(PREFIX)

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
	tools/fuzz.sh $(SECONDS) $(TARGETS)

format:
	tools/format.sh -i

check-format:
	tools/format.sh --dry-run -Werror

clean:
	rm -rf $(BUILD) build-asan build-tsan build-fuzz
