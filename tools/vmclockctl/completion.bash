# SPDX-License-Identifier: GPL-2.0
# bash's completion for vmclockctl; installed as completions/vmclockctl.

# options of a command, and those of them that take a file, or a word
_vmclockctl_options()
{
	case $1 in
	watch)		echo "--events --interval --count --json --help";;
	compare)	echo "--count --interval --device --clock --limit" \
				"--csv --plot --json --help";;
	metrics)	echo "--output --format --help";;
	page)		echo "--offset --json --help";;
	view)		echo "--owner --group --mode --size --notification --pid" \
				"--follow --offset --ratio --frac-bits --generation --json --help";;
	report)		echo "--output --full --help";;
	set-tai)	echo "--file --dry-run --help";;
	status|doctor)	echo "--json --help";;
	*)		echo "--help --version";;
	esac
}

# the nodes /dev/PREFIX*, without /dev/ and $2
_vmclockctl_nodes()
{
	local node
	for node in /dev/"$1"*; do
		[ ! -e "$node" ] || echo "${node#/dev/"$2"}"
	done
}

_vmclockctl()
{
	local word=$2 before=$3 command=${COMP_WORDS[1]} words
	case $before in
	--csv|--plot|--output|-o|--file|-f)
		mapfile -t COMPREPLY < <(compgen -f -- "$word"); return;;
	--device)	words=$(_vmclockctl_nodes vmclock "");;
	--format)	words="prometheus openmetrics";;
	--clock)	words="tai realtime";;
	--pid)		words=$(pgrep qemu);;
	set-counter|mark|delete)
			words=$(_vmclockctl_nodes vmclock-view- vmclock-view-);;
	*)	case $COMP_CWORD,$command,$word in
		1,*,-*)	words=$(_vmclockctl_options "");;
		1,*)	words="status watch compare doctor metrics page view report set-tai";;
		*,*,-*)	words=$(_vmclockctl_options "$command");;
		2,view,*) words="list create set-counter mark delete";;
		*,page,*) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return;;
		esac;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _vmclockctl vmclockctl
