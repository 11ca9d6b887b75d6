#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ptp_vmclock and timekeeping_reference, loaded, unloaded, bound and unbound in
# every order while in use: what is busy is refused, the rest works. Run as root
# in a guest. TAP on stdout, exit 4 if there is nothing to test.
set -uo pipefail

n=0
failed=0
ok() { # STATUS NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		failed=$((failed + 1))
	fi
}
check() { # NAME COMMAND...
	local name=$1
	shift
	"$@" > /dev/null 2>&1
	ok $? "$name"
}
refused() { # NAME COMMAND...
	local name=$1
	shift
	! "$@" > /dev/null 2>&1
	ok $? "$name"
}

# a condition that becomes true soon
soon() {
	local i
	for ((i = 0; i < 100; i++)); do
		"$@" && return
		sleep 0.1
	done
	return 1
}
ref=/sys/module/timekeeping_reference
par=/sys/module/ptp_vmclock/parameters
held() { [ "$(cat $ref/refcnt)" -gt 0 ]; }
bound() { [ -e /sys/bus/platform/drivers/ptp_vmclock/"$dev" ]; }
device() { compgen -G "/sys/bus/platform/drivers/ptp_vmclock/*[:.]*" > /dev/null; }

# as insmod: without what the dependencies say
load() { insmod "$(modinfo -n "$1")"; }
unload() { rmmod "$@" 2> /dev/null; }

echo "TAP version 13"
unload ptp_vmclock
if ! load ptp_vmclock 2> /dev/null || ! soon device; then
	echo "1..0 # SKIP no VMClock device, or no ptp_vmclock for it"
	exit 4
fi
dev=$(basename "$(compgen -G "/sys/bus/platform/drivers/ptp_vmclock/*[:.]*" | sed -n 1p)")
driver=/sys/bus/platform/drivers/ptp_vmclock

# --- files that are open ------------------------------------------------

exec 5< /dev/vmclock0
refused "an open /dev/vmclock0 keeps the module" unload ptp_vmclock
echo "$dev" > $driver/unbind
refused "unbound, the file fails" head -c 8 <&5
refused "and still keeps the module" unload ptp_vmclock
exec 5<&-
check "closed, the module goes" unload ptp_vmclock

load ptp_vmclock
soon device
exec 6<> /dev/ptp0
unload ptp_vmclock
check "with or without it, an open /dev/ptp0 does no harm" true
exec 6>&-
unload ptp_vmclock

# --- timekeeping_reference ----------------------------------------------

if load timekeeping_reference 2> /dev/null || [ -e $ref ]; then
	load ptp_vmclock
	check "reference first: it is held" soon held
	refused "then it is busy" unload timekeeping_reference
	echo 0 > $par/lock
	refused "lock=0 lets go of it at once" held
	check "and it can go" unload timekeeping_reference
	echo 1 > $par/lock
	check "lock=1 without a reference" bound
	check "reference second" load timekeeping_reference
	check "is held too" soon held
	echo "$dev" > $driver/unbind
	refused "unbound, it is not" held
	echo "$dev" > $driver/bind
	check "bound, it is again" soon held
	check "ptp_vmclock goes first" unload ptp_vmclock
	refused "and lets go" held
	check "then the reference" unload timekeeping_reference
	for ((i = 0; i < 20; i++)); do
		load timekeeping_reference &
		load ptp_vmclock &
		wait
		unload timekeeping_reference
		unload ptp_vmclock &
		unload timekeeping_reference &
		wait
		unload ptp_vmclock
		unload timekeeping_reference
	done
	[ ! -e $ref ] && [ ! -e /sys/module/ptp_vmclock ]
	ok $? "20 times at the same moment, none is left"
else
	echo "# no timekeeping_reference here: not tested together"
fi

# --- under traffic ------------------------------------------------------

# Kernels up to 7.3 at least drop a reference too many of a PTP clock that was
# opened while it was being registered (posix_clock_register() makes the node
# before it is ready for it): opening waits until then. What is being
# unregistered is opened all the same.
traffic() {
	while [ -e /tmp/traffic ]; do
		head -c 4096 /dev/vmclock0
		flock -s /tmp/registering phc_ctl /dev/ptp0 get
		cat /sys/bus/platform/devices/"$dev"/{state,maxerror_ns}
	done > /dev/null 2>&1
}
registering() { flock /tmp/registering "$@"; }
rebind() {
	echo "$dev" > $driver/unbind
	registering tee $driver/bind <<< "$dev" > /dev/null
}
touch /tmp/traffic
load ptp_vmclock
pids=()
for i in 1 2 3; do
	traffic &
	pids+=("$!")
done
for ((i = 0; i < 20; i++)); do
	rebind
	soon unload ptp_vmclock
	registering insmod "$(modinfo -n ptp_vmclock)"
done
rm -f /tmp/traffic
wait "${pids[@]}"
check "20 times bound and loaded under traffic" soon bound
soon test -e /dev/ptp0
check "the clock can be read" phc_ctl /dev/ptp0 get

! dmesg | grep -E 'BUG|Oops|WARNING|Call Trace|refcount_t' > /dev/null
ok $? "the kernel has nothing to complain of"

echo "1..$n"
[ "$failed" = 0 ]
