# SPDX-License-Identifier: GPL-2.0
# probe.awk PROBE.c MESSAGES: turns the compiler's messages into probed.h.
FILENAME != "-" {
	if ($1 == "#line") {
		gsub(/"/, "", $3)
		if ($3 ~ /^HAVE_/)
			names[++n] = $3
	}
	next
}
match($0, /^HAVE_[A-Z0-9_]+:/) && /error:/ {
	missing[substr($0, 1, RLENGTH - 1)] = 1
	next
}
/error:/ && other == "" { other = $0 }
{ line = $0 }
END {
	if (other == "" && !("HAVE_NONSENSE" in missing))
		other = line
	if (other != "") {
		print "compat: the compiler does not get through the probes: " \
			other > "/dev/stderr"
		exit 1
	}
	print "/* made by src/compat/probe.awk */"
	for (i = 1; i <= n; i++)
		if (!(names[i] in missing))
			print "#define " names[i] " 1"
}
