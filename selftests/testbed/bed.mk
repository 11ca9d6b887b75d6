# SPDX-License-Identifier: GPL-2.0
# bed.mk - the test bed's targets, included by the top Makefile.

BED := $(dir $(lastword $(MAKEFILE_LIST)))
BED_CACHE = $(or $(VMCLOCK_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/vmclock)
BED_KERNELS ?= 5.10 6.1 6.12 7.2 7.3 6.12-arm64 7.3-arm64
# to build for only
BED_PORTS ?= 6.1-arm64

# every variable of the command line or the environment that vm knows
VM_VARS := KERNEL RUN COMMAND SCENARIO EXTMOD CMDLINE SMP MEM ICOUNT NOLOAD HPET \
	   IVSHMEM NESTED FEED DAEMONS TIMEOUT LOG SPLAT_OK ARCH CPU CNTFRQ

# ... and pair
PAIR_VARS := HOST GUEST RUN_HOST RUN_GUEST EXTMOD SCENARIO SMP MEM TIMEOUT \
	     HOST_CMDLINE GUEST_CMDLINE NOLOAD TSC_OFFSET LOG SPLAT_OK

.PHONY: vm pair bed-fetch bed-clean bed-test

# one guest: make vm KERNEL=5.10|6.1|6.12|7.2|7.3 [ARCH=arm64] [RUN=script] ...
vm:
	@$(foreach v,$(VM_VARS),$(if $($v),$v='$(subst ','\'',$($v))')) $(BED)vm

# a host VM that runs a guest under KVM: make pair HOST=... GUEST=...
# [RUN_HOST=script] [RUN_GUEST=script] ...
pair:
	@$(foreach v,$(PAIR_VARS),$(if $($v),$v='$(subst ','\'',$($v))')) $(BED)pair

# all that the bed needs from Debian's archive
bed-fetch:
	@for k in $(BED_KERNELS); do \
		$(BED)fetch kernel $$k > /dev/null && \
		$(BED)fetch headers $$k > /dev/null || exit; \
	done
	@for k in $(BED_PORTS); do \
		$(BED)fetch headers $$k > /dev/null || exit; \
	done
	@for s in bullseye trixie bookworm-arm64 trixie-arm64; do \
		$(BED)fetch buildroot $$s > /dev/null || exit; \
	done
	@$(BED)fetch tools arm64 > /dev/null
	@$(BED)mkimage userland > /dev/null && $(BED)mkimage userland arm64 > /dev/null

bed-clean:
	rm -rf $(foreach d,apt debs tools tools-arm64 guest guest-arm64 kernels headers \
		buildroot dkmsroot dkms build testptp image logs plots tmp locks tsc-anchor,'$(BED_CACHE)/$d')

bed-test:
	@$(BED)test-bed
