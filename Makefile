# SPDX-License-Identifier: GPL-2.0
# For people. kbuild reads Kbuild; DKMS comes through here too.
#
#	make			the modules, for the kernel of KDIR
#	make modules_install	into that kernel's updates/, then depmod
#	make dkms-install	by DKMS, for the running kernel (KERNEL= another)
#	make dkms-remove	undo that, for all kernels
#	make headers_install	vmclock.h and what it needs, to DESTDIR/usr
#	make lib		libvmclock, shared and static, in build/lib
#	make lib-install	that; DESTDIR= PREFIX= (/usr/local)
#	make deb		Debian packages, into build/
#	make dist		the tarball of a release, reproducible, into build/
#	make tools		vmclockctl, vmclock-qemu, vmclock-hostd, in build/tools
#	make tools-install	these; DESTDIR= PREFIX= (/usr/local)
#	make clean		the modules; build/ stays
#	make demo		a host and a guest in QEMU: the guest follows
#	make check		all tests; the last line is "N passed, N failed"
#	make check-long		those that take hours; goes on where it was stopped
#	make check-package	the Debian packages, in Debian 12 and 13
#	make compat		for all kernels that the Debian archive has headers of
#	make check-next		the newest kernel before its release: built, and booted
#	make lock-table		the lock's residual and cost by deadline, in tables
#	make plots RECORD=1	docs/plots; without RECORD from the samples of last time
#	make style		checkpatch and the like
#	make vm, make pair	the test bed: docs/testbed.md
#	make help		this list

KDIR ?= /lib/modules/$(shell uname -r)/build
VERSION := $(shell cat VERSION)
# the kernel's own compiler, if that was Clang: this version of it, or the one there is
CLANG := $(shell sed -n \
	's/^CONFIG_CC_VERSION_TEXT=.*clang version \([0-9]*\).*/\1/p' \
	$(KDIR)/include/config/auto.conf 2> /dev/null)
LLVM ?= $(if $(CLANG),$(if $(shell command -v clang-$(CLANG)),-$(CLANG),1))

modules: check-kernel
	$(MAKE) -C $(KDIR) M=$(CURDIR) $(LLVM:%=LLVM=%) modules

modules_install: check-kernel
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_DIR=updates modules_install

clean:
	@if [ -e $(KDIR)/Makefile ]; then \
		$(MAKE) -C $(KDIR) M=$(CURDIR) clean; fi

tools tools-install:
	@for f in tools/*/Makefile; do \
		$(MAKE) -C $${f%/*} $(if $(findstring install,$@),install,all) || exit; \
	done

check-kernel:
	@sh src/compat/check-kernel $(KDIR)

lib lib-install:
	@$(MAKE) -C lib/c $(if $(findstring install,$@),install,all)

headers_install:
	@packaging/headers-install $(VERSION) $(DESTDIR)/usr

dist:
	@packaging/dist $(VERSION)

deb:
	@packaging/build-deb $(VERSION)

dkms-install dkms-remove:
	@packaging/$@ $(VERSION) $(KERNEL)

demo:
	@selftests/demo/demo $(if $(HOST),HOST=$(HOST)) $(if $(GUEST),GUEST=$(GUEST))

check:
	@selftests/check

check-long:
	@selftests/check --long

check-package:
	@selftests/package/check bookworm trixie

compat:
	@selftests/tree/compat -w

check-next:
	@selftests/check build-next lock-next guest-next host-next

lock-table:
	@selftests/boot/lock-table

plots:
	@selftests/plots/plots $(if $(RECORD),-r)

help:
	@sed -n 's/^#\t\(.\)/\1/p' $(firstword $(MAKEFILE_LIST))

style:
	@selftests/tree/style

# DKMS has no copy of it
-include selftests/testbed/bed.mk

.PHONY: modules modules_install clean check-kernel dkms-install dkms-remove
.PHONY: demo check check-long check-package style headers_install deb
.PHONY: lock-table plots help compat check-next
.PHONY: tools tools-install dist lib lib-install
.DEFAULT_GOAL := modules
