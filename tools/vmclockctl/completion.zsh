#compdef vmclockctl
# SPDX-License-Identifier: GPL-2.0
# zsh's completion for vmclockctl; installed as site-functions/_vmclockctl.

_vmclockctl_views() { compadd -- ${${(f)"$(print -l /dev/vmclock-view-*(N))"}#/dev/vmclock-view-} }
_vmclockctl_devices() { compadd -- /dev/vmclock[0-9]*(N:t) /dev/vmclock_host(N:t) }

_vmclockctl() {
	local -a commands json help
	local state context line
	typeset -A opt_args
	commands=(
		'status:devices, pages and the lock at this moment'
		'watch:the same, live; or events as lines'
		'compare:system clock, PTP clock and page against each other'
		'doctor:what is wrong, each finding with its remedy'
		'metrics:for Prometheus'
		'page:decode a page'
		'view:pages of virtual machines'
		'report:all that a maintainer needs to know'
		'set-tai:tell the kernel TAI - UTC'
	)
	json='(-j --json)'{-j,--json}'[as JSON]'
	help='(-h --help)'{-h,--help}'[show help]'
	_arguments -C "$help[@]" '(-V --version)'{-V,--version}'[version]' \
		'1:command:->command' '*::argument:->argument'
	case $state in
	command) _describe command commands ;;
	argument) case $words[1] in
		status|doctor) _arguments "$json[@]" "$help[@]" ;;
		watch) _arguments "$json[@]" "$help[@]" \
			'(-e --events)'{-e,--events}'[events as lines]' \
			'(-i --interval)'{-i,--interval}'[poll interval]:ms' \
			'(-n --count)'{-n,--count}'[stop after N]:count' ;;
		compare) _arguments "$json[@]" "$help[@]" \
			'(-n --count)'{-n,--count}'[samples]:count' \
			'(-i --interval)'{-i,--interval}'[between samples]:ms' \
			'--device[device]:device:_vmclockctl_devices' \
			'--clock[system clock]:clock:(tai realtime)' \
			'--limit[fail beyond]:ns' '--csv[all samples]:file:_files' \
			'--plot[picture]:file:_files' ;;
		metrics) _arguments "$help[@]" \
			'(-f --format)'{-f,--format}'[format]:format:(prometheus openmetrics)' \
			'(-o --output)'{-o,--output}'[file]:file:_files' ;;
		page) _arguments "$json[@]" "$help[@]" \
			'(-o --offset)'{-o,--offset}'[where it begins]:offset' '1:file:_files' ;;
		report) _arguments "$help[@]" '--full[leave nothing out]' \
			'(-o --output)'{-o,--output}'[file]:file:_files' ;;
		set-tai) _arguments "$help[@]" '(-n --dry-run)'{-n,--dry-run}'[change nothing]' \
			'(-f --file)'{-f,--file}'[list of leap seconds]:file:_files' ;;
		view) _arguments "$json[@]" "$help[@]" \
			'1:action:(list create set-counter mark delete)' \
			'2:view:_vmclockctl_views' '--size[size it says]:bytes' \
			'--owner[who may delete it]:user:_users' \
			'--group[who may read it]:group:_groups' '--mode[of the node]:mode' \
			'--notification[promise to notify]' '--pid[VMM]:process:_pids' \
			'--follow[as they change]' '--offset[of the counter]:number' \
			'--ratio[of the counter]:number' '--frac-bits[of the ratio]:number' \
			'--generation=-[new VM generation]::number' ;;
		esac ;;
	esac
}

_vmclockctl "$@"
