# SPDX-License-Identifier: GPL-2.0
# root.sh - clean installations of Debian to install packages into: kept as tars
# in the cache, unpacked into $ROOT, entered by chroot. To be sourced after
# testbed/lib.sh, by root.
# shellcheck shell=bash

MAX_AGE_DAYS=7		# of a root, and of the package lists in it

# apt's way to the network, as the machine has it
apt_conf() {
	apt-config dump Acquire |
		grep -E '^Acquire::(http|https|ftp|Retries|ForceIPv)' || true
	echo 'Acquire::Languages "none"; Acquire::Retries "2";'
}

# make_root SUITE TAR
make_root() {
	local suite=$1 tar=$2 mirror
	mirror=$("$BED/fetch" mirror)
	apt_conf > "$TMPD/apt.conf"
	timeout 900 mmdebstrap --variant=minbase --architectures=amd64 \
		--aptopt="$TMPD/apt.conf" --skip=cleanup/apt/lists \
		--include=systemd-sysv,udev,kmod,dbus,systemd-timesyncd,linux-image-cloud-amd64 \
		"$suite" "$tar" "deb $mirror $suite main" \
		"deb $mirror $suite-updates main" \
		"deb $("$BED/fetch" mirror security) $suite-security main" \
		"deb $mirror $suite-backports main" > "$TMPD/log" 2>&1
}

# clean_root SUITE: a tar of it, with a kernel; of this week if it can be had
clean_root() {
	local suite=$1 tar=$CACHE/package/$1.tar
	lock "package-$suite"
	[ -z "$(find "$tar" -mtime -$MAX_AGE_DAYS 2> /dev/null)" ] || return 0
	mkdir -p "$CACHE/package"
	say "a root of Debian, $suite"
	if make_root "$suite" "$tar.new.tar"; then
		mv "$tar.new.tar" "$tar"
		return
	fi
	rm -f "$tar.new.tar"
	[ -e "$tar" ] || die "no root of $suite: $(telling "$TMPD/log"); remedy: a network, or DEBIAN_MIRROR=URL"
	say "no new root of $suite ($(telling "$TMPD/log")); going on with the old one"
}

# in_root COMMAND...: with what chroots need, which goes with the command
in_root() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare -m bash -euc '
		root=$1 archives=$2
		shift 2
		mount -t proc proc "$root/proc"
		mount -t sysfs -o ro sys "$root/sys"
		mount --rbind /dev "$root/dev"
		mount -t tmpfs run "$root/run"
		mount --bind "$archives" "$root/var/cache/apt/archives"
		cp -L /etc/resolv.conf "$root/run/resolv.conf"
		touch "$root/etc/resolv.conf"
		mount --bind "$root/run/resolv.conf" "$root/etc/resolv.conf"
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
			LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
			${http_proxy:+http_proxy=$http_proxy} \
			${https_proxy:+https_proxy=$https_proxy} \
			chroot "$root" "$@"
	' in_root "$ROOT" "$ARCHIVES" "$@"
}

# a chroot has no init that could start daemons
no_daemons() {
	printf '#!/bin/sh\nexit 101\n' > "$ROOT/usr/sbin/policy-rc.d"
	chmod +x "$ROOT/usr/sbin/policy-rc.d"
}

# unpack_root SUITE: into $ROOT, with our packages, if they are built, beside
unpack_root() {
	rm -rf "$ROOT"
	mkdir -p "$ROOT" "$ARCHIVES/partial"
	tar -x -C "$ROOT" -f "$CACHE/package/$1.tar"
	no_daemons
	mkdir "$ROOT/srv/debs"
	find "$DEBS" -name '*.deb' -exec cp -t "$ROOT/srv/debs" {} +
}

# fresh_root SUITE: $ROOT is it, with this tree in /srv/user/vmclock; apt asks nothing
fresh_root() {
	unpack_root "$1"
	mkdir -p "$ROOT/srv/user/vmclock"
	(cd "$TREE" && git ls-files -z --cached --others --exclude-standard |
		while IFS= read -r -d '' f; do [ ! -f "$f" ] || printf '%s\0' "$f"; done |
		tar -c --null -T -) | tar -x -C "$ROOT/srv/user/vmclock"
	printf '%s\n' 'APT::Get::Assume-Yes "true";' \
		'DPkg::Options:: "--force-unsafe-io";' > "$ROOT/etc/apt/apt.conf.d/99test"
}

# download PACKAGE...: what installing them takes, into the cache
download() {
	in_root timeout 900 apt-get -y -q --download-only install "$@" \
		> "$TMPD/log" 2>&1 ||
		die "$SUITE: the archive cannot be had: $(telling "$TMPD/log")"
}

# apt COMMAND...: after download, without the network
apt() {
	in_root timeout 900 apt-get -y -q -o DPkg::Options::=--force-unsafe-io "$@" > "$TMPD/apt.log" 2>&1 ||
		{ tail -30 "$TMPD/apt.log"; false; }
}
