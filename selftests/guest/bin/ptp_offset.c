// SPDX-License-Identifier: GPL-2.0
/*
 * ptp_offset: CLOCK_TAI minus the PTP clock of ptp_vmclock, by
 * PTP_SYS_OFFSET_PRECISE, after random naps up to 50 ms.
 *
 *	ptp_offset LIMIT_NS SAMPLES
 *
 * Prints the distribution; fails if one is beyond LIMIT_NS. Both clocks are
 * truncated to ns, so their difference has an error below 1 ns of its own.
 */
#include <stdlib.h>
#include <unistd.h>

#include "ptp.h"

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	int64_t limit_ns = argc > 2 ? atoll(argv[1]) : 0;
	long samples = argc > 2 ? atol(argv[2]) : 0, n;
	int64_t *size_ns;
	int fd = ptp_open(), err;

	if (samples < 1 || fd < 0) {
		fputs(fd < 0 ? "ptp_offset: no PTP clock of ptp_vmclock\n" :
		      "usage: ptp_offset LIMIT_NS SAMPLES\n", stderr);
		return 2;
	}
	size_ns = calloc(samples, sizeof(*size_ns));
	for (n = 0; size_ns && n < samples; n++) {
		usleep(random() % 50000);
		err = ptp_difference(fd, &size_ns[n]);
		if (err) {
			fprintf(stderr, "PTP_SYS_OFFSET_PRECISE: %s\n",
				strerror(-err));
			return 1;
		}
		size_ns[n] = llabs(size_ns[n]);
	}
	qsort(size_ns, samples, sizeof(*size_ns), by_value);
	printf("PTP_SYS_OFFSET_PRECISE: n %ld p50 %lld p99 %lld max %lld ns\n",
	       samples, (long long)size_ns[samples / 2],
	       (long long)size_ns[samples - 1 - samples / 100],
	       (long long)size_ns[samples - 1]);
	return size_ns[samples - 1] > limit_ns;
}
