/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Prints the results of a C test program as TAP version 13, in the form of
 * the kernel's kselftest: one line for each check, totals at the end, and
 * exit status 0 (passed), 1 (failed) or 4 (everything skipped). Not for
 * threads.
 *
 *	ktap_begin(0);
 *	ktap_ok(fd >= 0, "open %s", path);
 *	return ktap_end();
 */
#ifndef _VMCLOCK_KTAP_H
#define _VMCLOCK_KTAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define KTAP_PASS	0
#define KTAP_FAIL	1
#define KTAP_SKIP	4

/* one for all files of a program */
__attribute__((weak))
struct {
	unsigned int plan, pass, fail, skip;
} ktap;

/* What is printed appears at once, whatever becomes of the program. */
__attribute__((unused, format(printf, 2, 0)))
static void ktap_line(const char *result, const char *fmt, va_list args)
{
	unsigned int n = ktap.pass + ktap.fail + ktap.skip;

	if (result)
		printf("%s %u - ", result, n);
	else
		printf("# ");
	vprintf(fmt, args);
	putchar('\n');
	fflush(stdout);
}

/* Begin; plan is the number of checks, or 0 to print it at the end. */
__attribute__((unused))
static void ktap_begin(unsigned int plan)
{
	puts("TAP version 13");
	ktap.plan = plan;
	if (plan)
		printf("1..%u\n", plan);
	fflush(stdout);
}

/* A line for the reader, not a result. */
__attribute__((unused, format(printf, 1, 2)))
static void ktap_note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	ktap_line(NULL, fmt, args);
	va_end(args);
}

/* The result of one check, by a name of its own; returns the result. */
__attribute__((unused, format(printf, 2, 3)))
static bool ktap_ok(bool ok, const char *fmt, ...)
{
	va_list args;

	if (ok)
		ktap.pass++;
	else
		ktap.fail++;
	va_start(args, fmt);
	ktap_line(ok ? "ok" : "not ok", fmt, args);
	va_end(args);
	return ok;
}

/* A check that could not be made here, and why. */
__attribute__((unused, format(printf, 2, 3)))
static void ktap_skip(const char *name, const char *fmt, ...)
{
	va_list args;

	ktap.skip++;
	printf("ok %u - %s # SKIP ", ktap.pass + ktap.fail + ktap.skip, name);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

/* Nothing can be tested here: say why and leave. Instead of ktap_begin(). */
__attribute__((unused, noreturn, format(printf, 1, 2)))
static void ktap_skip_all(const char *fmt, ...)
{
	va_list args;

	printf("TAP version 13\n1..0 # SKIP ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	exit(KTAP_SKIP);
}

/*
 * Print the totals. Returns the exit status of the program: a check too few
 * or too many is a failure, and so is a program that has checked nothing.
 */
__attribute__((unused))
static int ktap_end(void)
{
	unsigned int n = ktap.pass + ktap.fail + ktap.skip;

	if (!ktap.plan)
		printf("1..%u\n", n);
	else if (n != ktap.plan)
		printf("# planned %u checks, made %u\n", ktap.plan, n);
	printf("# Totals: pass:%u fail:%u xfail:0 xpass:0 skip:%u error:0\n",
	       ktap.pass, ktap.fail, ktap.skip);
	fflush(stdout);
	if (ktap.fail || !n || (ktap.plan && n != ktap.plan))
		return KTAP_FAIL;
	return ktap.pass ? KTAP_PASS : KTAP_SKIP;
}

#endif /* _VMCLOCK_KTAP_H */
