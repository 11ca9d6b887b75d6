# SPDX-License-Identifier: GPL-2.0
# How this kernel accounts for a change of the clock's mult.

# Kernels before the fix (docs/glossary.md, mult accounting) move the NTP clock by
# up to a LSB of the cycle's length with each change of mult.
pre_fix_accounting() {
	case $(uname -r) in
	5.10.*|6.1.0-50-*) return 0;;
	esac
	return 1
}
