// SPDX-License-Identifier: GPL-2.0
/*
 * A server of SNTP (UDP) and RFC 868 (TCP). What sets the clock meanwhile does
 * not move its time.
 *
 *	time_server NS		tells the clock of its start, moved by NS
 *	time_server DEVICE US	tells the time of DEVICE's page, by SNTP over a
 *				net on which a packet takes up to US longer than
 *				the fastest one
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "vmclock.h"

#define SEC_NS		1000000000LL
#define SINCE_1900	2208988800LL
#define LEAP_VERSION_SERVER	((0 << 6) | (4 << 3) | 4)

struct ntp_packet {
	uint8_t head, stratum, poll, precision;
	uint32_t root_delay, root_dispersion, id;
	uint64_t reference, origin, receive, transmit;
} __attribute__((packed));

static int64_t ahead_ns;	/* of CLOCK_MONOTONIC */
static struct vmclock clock_page;
static unsigned int delay_us;

static int64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * SEC_NS + t.tv_nsec;
}

static int64_t now_ns(void)
{
	struct vmclock_time t;

	if (clock_page.fd < 0)
		return clock_ns(CLOCK_MONOTONIC) + ahead_ns;
	while (vmclock_now(&clock_page, VMCLOCK_TIME_UTC, &t))
		;
	return vmclock_time_to_ns(t);
}

static uint64_t now(void)
{
	int64_t ns = now_ns();
	uint64_t frac = ((uint64_t)(ns % SEC_NS) << 32) / SEC_NS;

	return htobe64((uint64_t)(ns / SEC_NS + SINCE_1900) << 32 | frac);
}

static int serve_on(int type, int port)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	int s = socket(AF_INET, type, 0), one = 1;

	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(s, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one));
	if (bind(s, (struct sockaddr *)&to, sizeof(to)) ||
	    (type == SOCK_STREAM && listen(s, 5))) {
		perror("time_server");
		exit(1);
	}
	return s;
}

static void delay(void)
{
	if (delay_us)
		usleep(random() % delay_us);
}

/* From the address that was asked: the one is in what comes with the other. */
static void answer_ntp(int s)
{
	char asked[CMSG_SPACE(sizeof(struct in_pktinfo))];
	struct sockaddr_in from;
	struct ntp_packet p;
	struct iovec packet = { &p, sizeof(p) };
	struct msghdr m = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &packet,
		.msg_iovlen = 1,
		.msg_control = asked,
		.msg_controllen = sizeof(asked),
	};

	if (recvmsg(s, &m, 0) < 48)
		return;
	delay();
	p.origin = p.transmit;
	p.receive = now();
	p.head = LEAP_VERSION_SERVER;
	p.stratum = 1;
	p.precision = -20;
	p.root_delay = 0;
	p.root_dispersion = 0;
	memcpy(&p.id, "TEST", 4);
	p.reference = p.receive;
	p.transmit = now();
	delay();
	sendmsg(s, &m, 0);
}

static void answer_rdate(int s)
{
	int c = accept(s, NULL, NULL);
	uint32_t sec = now() & 0xffffffff;	/* the first half, big-endian */

	if (c < 0)
		return;
	if (write(c, &sec, sizeof(sec)) != sizeof(sec))
		perror("time_server");
	close(c);
}

int main(int argc, char **argv)
{
	struct pollfd p[] = {
		{ serve_on(SOCK_DGRAM, 123), POLLIN, 0 },
		{ serve_on(SOCK_STREAM, 37), POLLIN, 0 },
	};

	clock_page.fd = -1;
	if (argc > 2) {
		if (vmclock_open(&clock_page, argv[1])) {
			perror(argv[1]);
			return 1;
		}
		delay_us = atoi(argv[2]);
	}
	ahead_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC) +
		   (argc > 1 ? atoll(argv[1]) : 0);
	while (poll(p, 2, -1) > 0) {
		if (p[0].revents)
			answer_ntp(p[0].fd);
		if (p[1].revents)
			answer_rdate(p[1].fd);
	}
	return 1;
}
