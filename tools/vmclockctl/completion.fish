# SPDX-License-Identifier: GPL-2.0
# fish's completion for vmclockctl; installed as vendor_completions.d/vmclockctl.fish.

function __vmclockctl_views
	for node in /dev/vmclock-view-*
		string replace /dev/vmclock-view- '' $node
	end
end

function __vmclockctl_devices
	for node in /dev/vmclock[0-9]* /dev/vmclock_host
		test -e $node; and string replace /dev/ '' $node
	end
end

complete -c vmclockctl -f
complete -c vmclockctl -s h -l help -d 'show help'
set -l none __fish_use_subcommand
complete -c vmclockctl -n $none -s V -l version -d version
complete -c vmclockctl -n $none -a status -d 'devices, pages and the lock at this moment'
complete -c vmclockctl -n $none -a watch -d 'the same, live; or events as lines'
complete -c vmclockctl -n $none -a compare -d 'system clock, PTP clock and page against each other'
complete -c vmclockctl -n $none -a doctor -d 'what is wrong, each finding with its remedy'
complete -c vmclockctl -n $none -a metrics -d 'for Prometheus'
complete -c vmclockctl -n $none -a page -d 'decode a page'
complete -c vmclockctl -n $none -a view -d 'pages of virtual machines'
complete -c vmclockctl -n $none -a report -d 'all that a maintainer needs to know'
complete -c vmclockctl -n $none -a set-tai -d 'tell the kernel TAI - UTC'

set -l in __fish_seen_subcommand_from
complete -c vmclockctl -n "$in status watch compare doctor page view" -s j -l json -d 'as JSON'
complete -c vmclockctl -n "$in watch" -s e -l events -d 'events as lines'
complete -c vmclockctl -n "$in watch compare" -s i -l interval -x -d 'interval, ms'
complete -c vmclockctl -n "$in watch compare" -s n -l count -x -d 'how many'
complete -c vmclockctl -n "$in compare" -l device -x -a '(__vmclockctl_devices)'
complete -c vmclockctl -n "$in compare" -l clock -x -a 'tai realtime'
complete -c vmclockctl -n "$in compare" -l limit -x -d 'fail beyond, ns'
complete -c vmclockctl -n "$in compare" -l csv -r -F -d 'all samples'
complete -c vmclockctl -n "$in compare" -l plot -r -F -d picture
complete -c vmclockctl -n "$in metrics" -s f -l format -x -a 'prometheus openmetrics'
complete -c vmclockctl -n "$in metrics report" -s o -l output -r -F -d file
complete -c vmclockctl -n "$in report" -l full -d 'leave nothing out'
complete -c vmclockctl -n "$in set-tai" -s f -l file -r -F -d 'list of leap seconds'
complete -c vmclockctl -n "$in set-tai" -s n -l dry-run -d 'change nothing'
complete -c vmclockctl -n "$in page" -s o -l offset -x -d 'where the page begins'
complete -c vmclockctl -n "$in page" -F
set -l actions list create set-counter mark delete
complete -c vmclockctl -n "$in view; and not $in $actions" -a "$actions"
complete -c vmclockctl -n "$in set-counter mark delete" -a '(__vmclockctl_views)'
complete -c vmclockctl -n "$in create" -l owner -x -a '(__fish_complete_users)' -d 'who may delete it'
complete -c vmclockctl -n "$in create" -l group -x -a '(__fish_complete_groups)' -d 'who may read it'
complete -c vmclockctl -n "$in create" -l mode -x -d 'of the node'
complete -c vmclockctl -n "$in create" -l size -x -d 'size it says, bytes'
complete -c vmclockctl -n "$in create" -l notification -d 'promise to notify'
complete -c vmclockctl -n "$in set-counter" -l pid -x -a '(__fish_complete_pids)'
complete -c vmclockctl -n "$in set-counter" -l follow -d 'as they change'
complete -c vmclockctl -n "$in set-counter" -l offset -x -d 'of the counter'
complete -c vmclockctl -n "$in set-counter" -l ratio -x -d 'of the counter'
complete -c vmclockctl -n "$in set-counter" -l frac-bits -x -d 'of the ratio'
complete -c vmclockctl -n "$in mark" -l generation -d 'new VM generation'
