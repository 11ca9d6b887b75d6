# SPDX-License-Identifier: GPL-2.0
# The module's sources and the model of a kernel that they run on, for programs
# in user space. Included with SIM, this folder, and O, where to build.

ROOT := $(SIM)/../..
MODULE := $(ROOT)/src/timekeeping_reference
SOURCES := servo servo_limits servo_moves servo_rate schedule external reference \
	   discipline source observe decide clock timer thread adjtimex report events \
	   status
MODEL := $(SIM)/guest.c $(SOURCES:%=$(MODULE)/%.c)
HEADERS := $(wildcard *.h $(SIM)/*.h $(SIM)/*/*.h $(SIM)/../lib/ktap.h $(ROOT)/include/*.h \
	     $(ROOT)/include/vmclock/*.h $(ROOT)/src/compat/*.h $(MODULE)/*.h)
# the kernel's headers that the module includes are empty: see kernel.h
KERNEL := $(O)/include/linux
CFLAGS += -g -Wall -Wextra -Werror -Wno-missing-field-initializers \
	  -Wno-unused-parameter -Wno-sign-compare -Wno-address \
	  -I$(SIM) -I$(O)/include -I$(ROOT)/src -I$(ROOT)/include -include kernel.h
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all

$(KERNEL): $(SOURCES:%=$(MODULE)/%.c) $(wildcard $(MODULE)/*.h) $(ROOT)/src/compat/timekeeper.h
	mkdir -p $@/sched $(O)/include/trace
	touch $$(sed -n 's|^#include <\(.*\)>|$(O)/include/\1|p' $^ | grep -vE "asm/|linux/(types|stddef|errno)" | sort -u)
	touch $@

