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
CUDA    ?= auto

.DEFAULT_GOAL := program
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-print-directory

# ---------------------------------------------------------------- what is on this machine

PROGRAM_LIBRARIES := zlib libmd libprotobuf-c
REPORT_LIBRARIES  := cairo pangocairo libpng jansson
REQUIRED     := $(PROGRAM_LIBRARIES) $(REPORT_LIBRARIES)
PACKAGES     := build-essential pkg-config libdnnl-dev libcsv-dev libcairo2-dev libpango1.0-dev libpng-dev \
                libjansson-dev zlib1g-dev libmd-dev libprotobuf-c-dev protobuf-c-compiler dataset-fashion-mnist fonts-liberation
TEST_PACKAGES := libcmocka-dev qpdf poppler-utils man-db

PKG_CONFIG := $(shell command -v pkg-config 2>/dev/null)
has = $(shell $(if $(PKG_CONFIG),$(PKG_CONFIG) --exists $(1) 2>/dev/null && echo 1 || echo 0,echo 0))
# Debian's libdnnl-dev has no pkg-config file, so its header is looked for; version 3 has another interface.
HAVE_ONEDNN := $(if $(filter auto,$(ONEDNN)),$(shell \
	printf '\043include <oneapi/dnnl/dnnl_version.h>\n\043if DNNL_VERSION_MAJOR != 2\n\043error\n\043endif\n' | \
	$(CC) -E -x c - >/dev/null 2>&1 && echo 1 || echo 0),$(ONEDNN))

# The CUDA module needs the compiler and the headers of the runtime, cuDNN, cuBLASLt and CUPTI; no library of theirs is linked.
NVCC ?= $(firstword $(shell command -v nvcc 2>/dev/null) $(wildcard $(CUDA_HOME)/bin/nvcc /usr/local/cuda/bin/nvcc))
CUDA_ROOT := $(if $(CUDA_HOME),$(CUDA_HOME),$(patsubst %/bin/nvcc,%,$(realpath $(NVCC))))
CUDA_INCLUDES := $(addprefix -isystem ,$(wildcard $(CUDA_ROOT)/include $(CUDA_ROOT)/extras/CUPTI/include \
	$(CUDA_ROOT)/targets/x86_64-linux/include))
HAVE_CUDA := $(if $(filter auto,$(CUDA)),$(if $(NVCC),$(shell \
	printf '\043include <cuda_runtime_api.h>\n\043include <cudnn.h>\n\043include <cublasLt.h>\n\043include <cupti.h>\n' | \
	$(CC) $(CUDA_INCLUDES) -E -x c - >/dev/null 2>&1 && echo 1 || echo 0),0),$(CUDA))
CUDA_ARCHS := 80 86 89 90 100 120

# ---------------------------------------------------------------- flags

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wvla -Wpointer-arith \
        $(if $(filter 1,$(WERROR)),-Werror)
OPT  ?= -O2 -g
CFLAGS ?=
package_libs = $(if $(PKG_CONFIG),$(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null))
PC_CFLAGS := $(if $(PKG_CONFIG),$(shell $(PKG_CONFIG) --cflags $(REQUIRED) 2>/dev/null))
SANFLAGS  := $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all)
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -Iinclude $(OPT) $(WARN) $(SANFLAGS) -fopenmp -ffp-contract=off $(PC_CFLAGS) \
             -DFC_SHARE_PREFIX='"$(PREFIX)/share/flopclock"' -DFC_MODULE_PREFIX='"$(PREFIX)/lib/flopclock"' $(CFLAGS)
PROGRAM_LIBS := $(call package_libs,$(PROGRAM_LIBRARIES)) -lcsv -lm -lpthread -ldl $(LDFLAGS)
REPORT_LIBS  := $(call package_libs,$(REPORT_LIBRARIES)) -lm
ALL_LIBS     := $(REPORT_LIBS) $(PROGRAM_LIBS)

ifeq ($(V),0)
say = @echo "  $(1) $(patsubst $(O)/%,%,$@)";
else
say =
endif

# ---------------------------------------------------------------- rooms, from the ground floor up

VERSION := $(shell sed -n 's/.*FC_VERSION "\(.*\)"/\1/p' include/flopclock/version.h)
ROOMS := base analyzer tracer report
objects = $(patsubst %.c,$(O)/%.o,$(wildcard $(1)/*.c))
base_LIBS     := base
analyzer_LIBS := analyzer base
tracer_LIBS   := tracer analyzer base
report_LIBS   := report tracer analyzer base
archives = $(foreach room,$($(1)_LIBS),$(O)/lib$(room).a)

# Modules are loaded when they are needed: counting does not wait for the libraries that draw and train, and a machine that lacks
# one of them lacks no more than its module.
ONEDNN_MODULE := $(if $(filter 1,$(HAVE_ONEDNN)),$(O)/flopclock-onednn.so)
CUDA_MODULE   := $(if $(filter 1,$(HAVE_CUDA)),$(O)/flopclock-cuda.so)
MODULES       := $(O)/flopclock-report.so $(ONEDNN_MODULE) $(CUDA_MODULE)
program: $(O)/flopclock $(MODULES) $(O)/models $(O)/templates $(O)/devices ## build the program into O (default build/)

# All of its functions are there for modules that it loads.
offer = -rdynamic -Wl,--whole-archive $(1) -Wl,--no-whole-archive
$(O)/flopclock: $(O)/flopclock.o $(call archives,tracer)
	$(call say,LINK ) $(CC) $(ALL_CFLAGS) -o $@ $< $(call offer,$(filter %.a,$^)) $(PROGRAM_LIBS)

$(O)/flopclock-report.so: $(call objects,report)
	$(call say,LINK ) $(CC) $(ALL_CFLAGS) -shared -o $@ $^ $(REPORT_LIBS) $(LDFLAGS)

$(O)/flopclock-onednn.so: $(call objects,onednn)
	$(call say,LINK ) $(CC) $(ALL_CFLAGS) -shared -o $@ $^ -ldnnl -lm $(LDFLAGS)

$(call objects,report) $(call objects,onednn): ALL_CFLAGS += -fPIC

# The program finds its models, templates and device descriptions beside itself.
$(O)/models $(O)/templates $(O)/devices: | $(O)/.flags
	@ln -sfn $(CURDIR)/$(@F) $@

# The reader of ONNX's wire format is written by protobuf-c's compiler.
analyzer_MADE := $(O)/analyzer/onnx.pb-c.o
PROTOBUF_OBJECTS := $(patsubst %.c,$(O)/%.o,$(wildcard analyzer/*_protobuf.c))
$(O)/analyzer/onnx.pb-c.c: analyzer/onnx.proto
	@mkdir -p $(@D)
	$(call say,PROTO) protoc-c --proto_path=$(<D) --c_out=$(@D) $<
$(O)/analyzer/onnx.pb-c.h: $(O)/analyzer/onnx.pb-c.c ;
$(O)/analyzer/onnx.pb-c.o: $(O)/analyzer/onnx.pb-c.c $(O)/.flags
	$(call say,CC   ) $(CC) $(ALL_CFLAGS) -c -o $@ $<
$(PROTOBUF_OBJECTS): $(O)/analyzer/onnx.pb-c.h
$(PROTOBUF_OBJECTS): ALL_CFLAGS += -I$(O)/analyzer

define room_rules
$(O)/lib$(1).a: $(call objects,$(1)) $($(1)_MADE)
	$$(call say,AR   ) rm -f $$@ && $(AR) rcs $$@ $$^
endef
$(foreach room,$(ROOMS),$(eval $(call room_rules,$(room))))

$(O)/%.o: %.c $(O)/.flags
	@mkdir -p $(@D)
	$(call say,CC   ) $(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# ---------------------------------------------------------------- the CUDA module

# Whatever is not named after one of NVIDIA's libraries builds everywhere: the tests run it on an emulated device.
CUDA_VENDOR  := $(wildcard cuda/*_cuda.c cuda/*_cudnn.c cuda/*_cublas.c cuda/*_cupti.c cuda/*_nvml.c cuda/cupti_*.c)
CUDA_PLAIN   := $(filter-out $(CUDA_VENDOR),$(wildcard cuda/*.c))
CUDA_KERNELS := $(wildcard cuda/*.cu)
CUDA_OBJECTS := $(patsubst %.c,$(O)/%.o,$(CUDA_PLAIN) $(if $(filter 1,$(HAVE_CUDA)),$(CUDA_VENDOR)))
cuda_LIBS := cuda gpu_host tracer analyzer base
module_LIBS := tracer analyzer base

$(O)/cuda/%.o: cuda/%.c $(O)/.flags
	@mkdir -p $(@D)
	$(call say,CC   ) $(CC) $(ALL_CFLAGS) -fPIC $(CUDA_INCLUDES) -MMD -MP -c -o $@ $<

# Device code for every architecture in one file, and as PTX of the oldest for those to come.
$(O)/cuda/%.fatbin: cuda/%.cu $(O)/.flags
	@mkdir -p $(@D)
	$(call say,NVCC ) $(NVCC) -fatbin -MMD -MP -MF $(@:.fatbin=.cu.d) -O3 -Xcudafe --diag_suppress=177 -Iinclude -Icuda --threads 2 \
		$(foreach a,$(CUDA_ARCHS),-gencode=arch=compute_$(a),code=sm_$(a)) \
		-gencode=arch=compute_$(firstword $(CUDA_ARCHS)),code=compute_$(firstword $(CUDA_ARCHS)) -o $@ $<

CUDA_FATBINS := $(patsubst %.cu,$(O)/%.fatbin,$(CUDA_KERNELS))
# A table of them: gpu_kernels_fatbins[], gpu_kernels_fatbin_count (cuda/gpu_cuda.h).
$(O)/cuda/fatbins.o: $(CUDA_FATBINS) Makefile
	@mkdir -p $(@D)
	$(call say,AS   ) { echo '.section .rodata'; i=0; for f in $(CUDA_FATBINS); do \
		echo ".balign 64"; echo "fatbin_$$i: .incbin \"$$f\""; i=$$((i + 1)); done; \
		echo '.section .data.rel.ro,"aw"'; echo '.balign 8'; echo '.globl gpu_kernels_fatbins'; echo 'gpu_kernels_fatbins:'; \
		i=0; for f in $(CUDA_FATBINS); do echo ".quad fatbin_$$i"; i=$$((i + 1)); done; \
		echo '.section .rodata'; echo '.balign 4'; echo '.globl gpu_kernels_fatbin_count'; \
		echo 'gpu_kernels_fatbin_count:'; echo ".long $(words $(CUDA_FATBINS))"; \
		echo '.section .note.GNU-stack,"",@progbits'; } | $(CC) -c -x assembler -o $@ -

$(O)/libcuda.a: $(CUDA_OBJECTS) $(if $(filter 1,$(HAVE_CUDA)),$(O)/cuda/fatbins.o)
	$(call say,AR   ) rm -f $@ && $(AR) rcs $@ $^

$(O)/flopclock-cuda.so: $(CUDA_OBJECTS) $(O)/cuda/fatbins.o
	$(call say,LINK ) $(CC) $(ALL_CFLAGS) -shared -o $@ $^ $(call package_libs,jansson) -ldl -lpthread -lm

cuda: $(CUDA_MODULE) ## build the CUDA module, where nvcc and NVIDIA's headers are

# What stands for a GPU in tests. Those of NVIDIA's libraries are skipped where the module was not built.
CUDA_TEST_CFLAGS := -Icuda -Itracer $(CUDA_INCLUDES) $(if $(filter 1,$(HAVE_CUDA)),-DHAVE_CUDA)
GPU_HOST := $(patsubst %.c,$(O)/%.o,$(wildcard tests/gpu/*.c))
$(O)/tests/gpu/%.o: tests/gpu/%.c $(O)/.flags
	@mkdir -p $(@D)
	$(call say,CC   ) $(CC) $(ALL_CFLAGS) $(CUDA_TEST_CFLAGS) -MMD -MP -c -o $@ $<
$(O)/libgpu_host.a: $(GPU_HOST)
	$(call say,AR   ) rm -f $@ && $(AR) rcs $@ $^
$(O)/tests/unit/cuda_%.o: tests/unit/cuda_%.c $(O)/.flags
	@mkdir -p $(@D)
	$(call say,CC   ) $(CC) $(ALL_CFLAGS) $(CUDA_TEST_CFLAGS) -MMD -MP -c -o $@ $<

# Written only when the command line differs, so that other flags rebuild everything.
FLAGS_NOW := $(CC) $(ALL_CFLAGS) $(ALL_LIBS) $(NVCC) $(HAVE_CUDA) $(CUDA_INCLUDES) $(CUDA_ARCHS)
$(O)/.flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' > $@
FORCE:

.PRECIOUS: $(O)/%.o
-include $(shell find $(O) -name '*.d' 2>/dev/null)

# ---------------------------------------------------------------- tests

UNIT_TESTS := $(patsubst tests/unit/%.c,$(O)/unit/%,$(wildcard tests/unit/*.c))
room_of = $(if $(filter cuda_gpu_%,$(notdir $(1))),cuda_gpu,$(firstword $(subst _, ,$(notdir $(1)))))
# Tests that may load a module offer it all functions, as the program does.
room_archives = $(filter $(call archives,tracer),$(1))
linked = $(if $(filter %/libtracer.a,$(1)),$(filter-out $(call room_archives,$(1)),$(1)) $(call offer,$(call room_archives,$(1))),$(1))

# Those that say something on a GPU: the script that packs them lists them.
GPU_TESTS := $(addprefix $(O)/unit/,$(shell sed -n 's/^tests=(\(.*\))$$/\1/p' tests/gpu/bundle))

.SECONDEXPANSION:
# A unit test links its own room and those below: an upward call fails to link.
$(UNIT_TESTS): $(O)/unit/%: $(O)/tests/unit/%.o $$(call archives,$$(call room_of,$$@))
	@mkdir -p $(@D)
	$(call say,LINK ) $(CC) $(ALL_CFLAGS) -o $@ $< $(call linked,$(filter %.a,$^)) $(ALL_LIBS) -lcmocka

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

bundle: program cuda $(GPU_TESTS) ## pack all that a machine with a GPU needs, into O/flopclock-bundle.tar.xz
	@tests/gpu/bundle --build $(O)

gpu-check: program cuda $(GPU_TESTS) ## prove, measure and record on this machine's GPU, into O/gpu-check (8 minutes)
	@rm -rf $(O)/gpu-check
	@tests/gpu/check --build $(O) $(O)/gpu-check; code=$$?; [ $$code = 77 ] || exit $$code

learn: program ## train until the accuracies in the README are reached (about 2 minutes)
	@O=$(O) tests/bench/learn

$(O)/bench/%: $(O)/tests/bench/%.o $(call archives,tracer)
	@mkdir -p $(@D)
	$(call say,LINK ) $(CC) $(ALL_CFLAGS) -o $@ $< $(call offer,$(filter %.a,$^)) $(PROGRAM_LIBS)

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
		nvcc "$(if $(filter 1,$(HAVE_CUDA)),$(NVCC) with cuDNN and CUPTI,missing: no GPU)" \
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
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/flopclock $(DESTDIR)$(PREFIX)/share/flopclock/models \
		$(DESTDIR)$(PREFIX)/share/flopclock/templates $(DESTDIR)$(PREFIX)/share/flopclock/devices $(DESTDIR)$(PREFIX)/share/man/man1 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions
	install -m 755 $(O)/flopclock $(DESTDIR)$(PREFIX)/bin/flopclock
	install -m 644 $(MODULES) $(DESTDIR)$(PREFIX)/lib/flopclock
	install -m 644 models/* $(DESTDIR)$(PREFIX)/share/flopclock/models
	install -m 644 templates/* $(DESTDIR)$(PREFIX)/share/flopclock/templates
	install -m 644 devices/* $(DESTDIR)$(PREFIX)/share/flopclock/devices
	install -m 644 man/analyze.schema.json $(DESTDIR)$(PREFIX)/share/flopclock
	install -m 644 $(MANUALS) $(DESTDIR)$(PREFIX)/share/man/man1
	$(O)/flopclock help --completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/flopclock

uninstall: ## remove what install wrote
	rm -f $(DESTDIR)$(PREFIX)/bin/flopclock $(addprefix $(DESTDIR)$(PREFIX)/share/man/man1/,$(notdir $(MANUALS))) \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/flopclock
	rm -rf $(DESTDIR)$(PREFIX)/share/flopclock $(DESTDIR)$(PREFIX)/lib/flopclock

clean: ## remove the build folder
	rm -rf $(O)

help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  %-10s %s\n' "$$name" "$$text"; done
	@echo "  variables: O=folder V=1 CC=clang SAN=address,undefined OPT='-O0 -g' WERROR=0 ONEDNN=0|1 CUDA=0|1 PREFIX= DESTDIR= T=one-test"

.PHONY: cuda bundle gpu-check manual program unit cli check test bench learn demo deps features install uninstall clean help FORCE
