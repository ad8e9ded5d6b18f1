# flopclock: build, test, install. `make help` lists the targets.

O       ?= build
V       ?= 0
WERROR  ?= 1
SAN     ?=
PREFIX  ?= /usr/local
DESTDIR ?=
PYTHON  ?= python3
# auto, 0 or 1
ONEDNN  ?= auto

.DEFAULT_GOAL := program
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-print-directory

# ---------------------------------------------------------------- what is on this machine

REQUIRED     := cairo pangocairo libpng jansson zlib libmd
PACKAGES     := build-essential pkg-config libdnnl-dev libcsv-dev libcairo2-dev libpango1.0-dev libpng-dev \
                libjansson-dev zlib1g-dev libmd-dev dataset-fashion-mnist fonts-liberation
TEST_PACKAGES := libcmocka-dev qpdf poppler-utils man-db

PKG_CONFIG := $(shell command -v pkg-config 2>/dev/null)
has = $(shell $(if $(PKG_CONFIG),$(PKG_CONFIG) --exists $(1) 2>/dev/null && echo 1 || echo 0,echo 0))
# Debian's libdnnl-dev has no pkg-config file, so its header is looked for; version 3 has another interface.
HAVE_ONEDNN := $(if $(filter auto,$(ONEDNN)),$(shell \
	printf '\043include <oneapi/dnnl/dnnl_version.h>\n\043if DNNL_VERSION_MAJOR != 2\n\043error\n\043endif\n' | \
	$(CC) -E -x c - >/dev/null 2>&1 && echo 1 || echo 0),$(ONEDNN))

# ---------------------------------------------------------------- flags

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wvla -Wpointer-arith \
        $(if $(filter 1,$(WERROR)),-Werror)
OPT  ?= -O2 -g
CFLAGS ?=
LIBRARIES := $(REQUIRED)
PC_CFLAGS := $(if $(PKG_CONFIG),$(shell $(PKG_CONFIG) --cflags $(LIBRARIES) 2>/dev/null))
PC_LIBS   := $(if $(PKG_CONFIG),$(shell $(PKG_CONFIG) --libs $(LIBRARIES) 2>/dev/null))
SANFLAGS  := $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all)
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -Iinclude $(OPT) $(WARN) $(SANFLAGS) -fopenmp -ffp-contract=off $(PC_CFLAGS) \
             -DFC_SHARE_PREFIX='"$(PREFIX)/share/flopclock"' $(if $(filter 1,$(HAVE_ONEDNN)),-DHAVE_ONEDNN) $(CFLAGS)
ALL_LIBS   = $(PC_LIBS) $(if $(filter 1,$(HAVE_ONEDNN)),-ldnnl) -lcsv -lm -lpthread -ldl $(LDFLAGS)

ifeq ($(V),0)
say = @echo "  $(1) $(patsubst $(O)/%,%,$@)";
else
say =
endif

# ---------------------------------------------------------------- rooms, from the ground floor up

VERSION := $(shell sed -n 's/.*FC_VERSION "\(.*\)"/\1/p' include/flopclock/version.h)
ROOMS := base analyzer tracer report
SOURCES = $(if $(filter 1,$(HAVE_ONEDNN)),$(wildcard $(1)/*.c),$(filter-out %_onednn.c $(1)/onednn_%.c,$(wildcard $(1)/*.c)))
objects = $(patsubst %.c,$(O)/%.o,$(call SOURCES,$(1)))
base_LIBS     := base
analyzer_LIBS := analyzer base
tracer_LIBS   := tracer analyzer base
report_LIBS   := report tracer analyzer base
archives = $(foreach room,$($(1)_LIBS),$(O)/lib$(room).a)

program: $(O)/flopclock $(O)/models $(O)/templates ## build the program into O (default build/)

$(O)/flopclock: $(O)/flopclock.o $(call archives,report)
	$(call say,LINK ) $(CC) $(ALL_CFLAGS) -o $@ $^ $(ALL_LIBS)

# The program finds its models and templates beside itself.
$(O)/models $(O)/templates: | $(O)/.flags
	@ln -sfn $(CURDIR)/$(@F) $@

define room_rules
$(O)/lib$(1).a: $(call objects,$(1))
	$$(call say,AR   ) rm -f $$@ && $(AR) rcs $$@ $$^
endef
$(foreach room,$(ROOMS),$(eval $(call room_rules,$(room))))

$(O)/%.o: %.c $(O)/.flags
	@mkdir -p $(@D)
	$(call say,CC   ) $(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Written only when the command line differs, so that other flags rebuild everything.
FLAGS_NOW := $(CC) $(ALL_CFLAGS) $(ALL_LIBS)
$(O)/.flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' > $@
FORCE:

.PRECIOUS: $(O)/%.o
-include $(shell find $(O) -name '*.d' 2>/dev/null)

# ---------------------------------------------------------------- tests

UNIT_TESTS := $(patsubst tests/unit/%.c,$(O)/unit/%,$(wildcard tests/unit/*.c))
room_of = $(firstword $(subst _, ,$(notdir $(1))))

.SECONDEXPANSION:
# A unit test links its own room and those below: an upward call fails to link.
$(UNIT_TESTS): $(O)/unit/%: $(O)/tests/unit/%.o $$(call archives,$$(call room_of,$$@))
	@mkdir -p $(@D)
	$(call say,LINK ) $(CC) $(ALL_CFLAGS) -o $@ $^ $(ALL_LIBS) -lcmocka

unit: $(UNIT_TESTS) program ## build and run the unit tests; T=tests/unit/x.c runs one
	@tests/run --build $(O) $(if $(T),unit $(T),unit)

cli: program ## run the command-line cases; T=tests/cli/x.sh runs one
	@tests/run --build $(O) cli $(T)

check: $(UNIT_TESTS) program ## all tests, without installing anything
	@tests/run --build $(O) style unit cli

test: ## install what is missing, build, run all tests
	@./deps --test $(PACKAGES) $(TEST_PACKAGES)
	@$(MAKE) -j$$(nproc) check

bench: program ## measure speed, and against PyTorch where PYTHON has it (20 minutes)
	@O=$(O) PYTHON=$(PYTHON) tests/bench/run

learn: program ## train until the accuracies in the README are reached (about 2 minutes)
	@O=$(O) tests/bench/learn

$(O)/bench/%: $(O)/tests/bench/%.o $(call archives,tracer)
	@mkdir -p $(@D)
	$(call say,LINK ) $(CC) $(ALL_CFLAGS) -o $@ $^ $(ALL_LIBS)

# ---------------------------------------------------------------- use

# Threads that spin at barriers wait for a whole time slice where a core is shared; those that soon sleep do not. On an idle
# machine it costs up to 4 %, so the program leaves it to its user.
demo learn: export GOMP_SPINCOUNT ?= 1000

DEMO_MODELS := alexnet vgg16 googlenet resnet18 densenet161
DEMO        ?= demo-report
demo: ## install what is missing, build, train five networks on FashionMNIST, write the report
	@./deps $(PACKAGES)
	@$(MAKE) -j$$(nproc) program
	@rm -rf $(O)/demo-runs
	@$(O)/flopclock trace $(DEMO_MODELS) --preset quick --device auto -o $(O)/demo-runs
	@rm -rf $(DEMO)
	@$(O)/flopclock report $(O)/demo-runs -o $(DEMO)

deps: ## install the libraries that the build needs
	@./deps --test $(PACKAGES) $(TEST_PACKAGES)

features: ## what was found on this machine
	@for p in $(REQUIRED) cmocka; do \
		printf '%-12s %s\n' $$p "$$($(PKG_CONFIG) --modversion $$p 2>/dev/null || echo missing)"; done
	@printf '%-12s %s\n' compiler "$$($(CC) --version | head -1)" \
		'oneDNN 2' '$(if $(filter 1,$(HAVE_ONEDNN)),found,missing: the CPU computes with plain loops only, slowly)'

# The OPTIONS section of a page comes from the table that parses the command line.
MANUALS := $(patsubst man/%.1.in,$(O)/man/%.1,$(wildcard man/*.1.in))
$(O)/man/flopclock-%.1: man/flopclock-%.1.in $(O)/flopclock
	@mkdir -p $(@D)
	$(call say,MAN  ) $(O)/flopclock help --manual $* > $@.options && sed -e "s/@VERSION@/$(VERSION)/" -e '/^@OPTIONS@$$/{' -e 'r $@.options' -e 'd' -e '}' $< > $@
	@rm -f $@.options
$(O)/man/flopclock.1: man/flopclock.1.in include/flopclock/version.h
	@mkdir -p $(@D)
	$(call say,MAN  ) sed "s/@VERSION@/$(VERSION)/" $< > $@

manual: $(MANUALS) ## build the manual pages into O/man

install: program manual ## install below PREFIX (default /usr/local), DESTDIR in front
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/flopclock/models \
		$(DESTDIR)$(PREFIX)/share/flopclock/templates $(DESTDIR)$(PREFIX)/share/man/man1 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions
	install -m 755 $(O)/flopclock $(DESTDIR)$(PREFIX)/bin/flopclock
	install -m 644 models/* $(DESTDIR)$(PREFIX)/share/flopclock/models
	install -m 644 templates/* $(DESTDIR)$(PREFIX)/share/flopclock/templates
	install -m 644 $(MANUALS) $(DESTDIR)$(PREFIX)/share/man/man1
	$(O)/flopclock help --completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/flopclock

uninstall: ## remove what install wrote
	rm -f $(DESTDIR)$(PREFIX)/bin/flopclock $(addprefix $(DESTDIR)$(PREFIX)/share/man/man1/,$(notdir $(MANUALS))) \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/flopclock
	rm -rf $(DESTDIR)$(PREFIX)/share/flopclock

clean: ## remove the build folder
	rm -rf $(O)

help: ## this list
	@sed -n 's/^\([a-z][a-z]*\):.*## \(.*\)/\1\t\2/p' Makefile | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  %-10s %s\n' "$$name" "$$text"; done
	@echo "  variables: O=folder V=1 CC=clang SAN=address,undefined OPT='-O0 -g' WERROR=0 ONEDNN=0|1 PREFIX= DESTDIR= T=one-test"

.PHONY: manual program unit cli check test bench learn demo deps features install uninstall clean help FORCE
