# SPDX-License-Identifier: Apache-2.0
# The front door: every target first lists and installs what is missing
# (tools/setup.sh), fetches mbedTLS (tools/fetch.sh), then lets CMake work.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test diagnose firmware test-port library flash release bench bench-bridge fuzz conformance format check-format install clean

JOBS := $(shell nproc 2>/dev/null || echo 2)
PREFIX ?= /usr/local

# $(call prepare,SET): everything that SET needs is on this machine.
prepare = tools/setup.sh $(1) && tools/fetch.sh mbedtls
# $(call build,PRESET[,TARGETS]): configured and built in build/PRESET.
build = cmake --preset $(1) --log-level=WARNING >/dev/null && \
	cmake --build build/$(1) -j $(JOBS) $(if $(2),--target $(2))
# $(call one_of,NAME,A|B): the variable NAME is A or B.
one_of = case '$($(1))' in $(2)) ;; *) echo "make: $(1)='$($(1))' is not known; one of: $(2)" >&2; exit 2 ;; esac
# $(call number,NAME): the variable NAME is empty or a number of seconds.
number = case '$($(1))' in *[!0-9]*|0*) echo "make: $(1)=$($(1)) is not a number of seconds above 0" >&2; exit 2 ;; esac

# Comments that begin with two # become `make help`.

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: BOARD ?= qemu
run: SINK ?= log
run: ## the whole chain on this machine; BOARD=qemu (default) or linux, SINK=log (default) or mqtt, DURATION=seconds, else until Ctrl-C
	@$(call one_of,BOARD,qemu|linux)
	@$(call one_of,SINK,log|mqtt)
	@$(call number,DURATION)
	@$(call prepare,run)
	@$(call build,host-release,tern-bridge tern-modem tern-cli $(if $(filter linux,$(BOARD)),tern-device))
	@$(if $(filter qemu,$(BOARD)),$(call build,qemu,tern-demo))
	@exec setpriv --pdeathsig TERM -- python3 tools/run.py --board $(BOARD) --sink $(SINK) \
		$(if $(DURATION),--duration $(DURATION))

test: ## every test that CI runs
	@$(call prepare,test)
	@tools/fetch.sh mosquitto || [ $$? -eq 3 ]
	@$(call build,host)
	@$(call build,stm32f103)
	@$(call build,stm32l496)
	@$(call build,qemu)
	@ctest --preset host -j $(JOBS)

diagnose: ## makes every failure happen that this machine can, and shows what the device says of it; CASE=P24: one of them
	@$(call prepare,test)
	@$(call build,host-release,tern-bridge tern-modem tern-cli tern-device)
	@exec setpriv --pdeathsig TERM -- python3 -B tests/diagnosis/diagnose.py $(CASE)

firmware: BOARD ?= stm32f103
firmware: ## the image for BOARD=stm32f103 (default), stm32f103_codes (diagnosis in codes), stm32l496 or qemu, with its flash and RAM table
	@$(call one_of,BOARD,stm32f103|stm32f103_codes|stm32l496|qemu)
	@$(call prepare,firmware)
	@$(call build,$(BOARD))
	@python3 tools/footprint.py build/$(BOARD)/app/demo/tern-demo.elf
	@python3 tools/module_sizes.py build/$(BOARD)/app/demo/tern-demo.elf
	@$(if $(filter stm32f103,$(BOARD)),python3 tools/figures.py trend)

flash: BOARD ?= stm32f103
flash: PROBE ?= stlink
flash: IMAGE ?= tern-demo
flash: ## writes IMAGE=tern-demo (default) or port-test into BOARD=stm32f103 or stm32l496; PROBE=stlink, jlink or cmsis-dap, SERIAL=number
	@$(call one_of,BOARD,stm32f103|stm32l496)
	@$(call one_of,PROBE,stlink|jlink|cmsis-dap)
	@$(call one_of,IMAGE,tern-demo|port-test)
	@$(call prepare,flash)
	@$(call build,$(BOARD),$(IMAGE))
	@python3 tools/flash.py $(BOARD) $(PROBE) build/$(BOARD)/app/$(if $(filter port-test,$(IMAGE)),port_test,demo)/$(IMAGE).elf \
		$(if $(SERIAL),--serial '$(SERIAL)')

# What is a board: a folder of boards/ with something to build.
BOARDS := $(notdir $(patsubst %/CMakeLists.txt,%,$(wildcard boards/*/CMakeLists.txt)))
empty :=
space := $(empty) $(empty)

test-port: BOARD ?= qemu
test-port: ## holds the port of BOARD against boards/port.h: qemu (default), linux, or a board with port-test in it and TTY=its console
	@$(call one_of,BOARD,$(subst $(space),|,$(BOARDS)))
	@$(call prepare,$(if $(filter linux,$(BOARD)),build,run))
	@$(call build,$(if $(filter linux,$(BOARD)),host-release,$(BOARD)),port-test)
	@python3 -B tools/test_port.py $(BOARD) $(if $(TTY),--tty '$(TTY)') $(if $(MODEM_TTY),--modem-tty '$(MODEM_TTY)')

library: BOARD ?= stm32f103
library: ## libtern.a and tern.h for a program of your own on the chip of BOARD=stm32f103 (default) or stm32l496
	@$(call one_of,BOARD,stm32f103|stm32l496)
	@$(call prepare,firmware)
	@$(call build,$(BOARD),tern)
	@cp include/tern.h build/$(BOARD)/package
	@echo "build/$(BOARD)/package/libtern.a and tern.h beside it: docs/cube.md"

release: ## everything for somebody who does not build: build/release/tern-VERSION
	@$(call prepare,firmware)
	@$(call build,stm32f103)
	@$(call build,stm32l496)
	@python3 -B tools/release.py

bench: ## instructions, memory and bytes on the wire, measured in QEMU
	@$(call prepare,bench)
	@$(call build,host-release,tern-modem tern-cli)
	@$(call build,qemu)
	@$(call build,stm32f103)
	@python3 tests/bench/run.py build/qemu build/host-release/host/virtual_modem/tern-modem
	@python3 tools/figures.py trend

bench-bridge: ## the bridge beside mosquitto and OpenSSL alone: logins, messages, memory of 10,000 connections
	@$(call prepare,bench)
	@$(call build,host-release,tern-bridge tern-cli tern-crowd)
	@python3 tests/bench/bridge/run.py

fuzz: DURATION ?= 60
fuzz: ## every fuzz target, DURATION=seconds each (default 60); new inputs are kept in build/fuzz
	@$(call number,DURATION)
	@$(call prepare,fuzz)
	@$(call build,fuzz,fuzz)
	@python3 tools/fuzz.py --duration $(DURATION) --jobs $(JOBS)

conformance: ## the MQTT 3.1.1 client wire tests of mosquitto's test-suite
	@$(call prepare,conformance)
	@tools/fetch.sh mosquitto || [ $$? -eq 3 ]
	@$(call build,host)
	@ctest --preset host -L conformance --verbose

format: ## clang-format on the lines that you changed since the last commit (tables laid out by hand stay as they are)
	@tools/setup.sh format
	@git clang-format --force --extensions c,h

check-format: ## the same, but only shows what it would change
	@tools/setup.sh format
	@git clang-format --extensions c,h --diff

install: ## programs, library, header and manual pages below PREFIX (default /usr/local); DESTDIR is honoured
	@$(call prepare,build)
	@$(call build,host-release,tern tern-bridge tern-cli tern-modem tern-device)
	@cmake --install build/host-release --prefix $(PREFIX)

clean: ## remove what was built; fetched source stays (build/cache, build/deps)
	@find build -mindepth 1 -maxdepth 1 ! -name cache ! -name deps -exec rm -rf {} + 2>/dev/null || true
