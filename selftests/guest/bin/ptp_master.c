// SPDX-License-Identifier: GPL-2.0
/*
 * ptp_master DEVICE INTERFACE: a PTP master (UDP over IPv4, one-step) with the
 * time of DEVICE's page, for ptp4l's tests. It announces itself every two
 * seconds, sends a Sync each second, and answers each Delay_Req.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "vmclock.h"

#define GROUP		"224.0.1.129"
#define EVENT_PORT	319
#define GENERAL_PORT	320
#define TAI_UTC_SEC	37
/* of Announce: PTP timescale, offset valid, time and frequency traceable */
#define ANNOUNCE_FLAGS	0x003c

enum { SYNC = 0x0, DELAY_REQ = 0x1, DELAY_RESP = 0x9, ANNOUNCE = 0xb };

struct timestamp {
	uint16_t sec_high;
	uint32_t sec, ns;
} __attribute__((packed));

struct port {
	uint8_t clock[8];
	uint16_t number;
} __attribute__((packed));

struct message {
	uint8_t type, version;
	uint16_t length;
	uint8_t domain, minor;
	uint16_t flags;
	uint64_t correction;
	uint32_t reserved;
	struct port source;
	uint16_t sequence;
	uint8_t control, interval;
	struct timestamp time;
	union {
		struct port requesting;
		struct {
			uint16_t utc_offset;
			uint8_t reserved, priority1, class, accuracy;
			uint16_t variance;
			uint8_t priority2, grandmaster[8];
			uint16_t steps;
			uint8_t source;
		} __attribute__((packed)) announce;
	};
} __attribute__((packed));

static struct vmclock clock_page;
static struct in_addr group;

static struct timestamp now(void)
{
	struct vmclock_time t;

	while (vmclock_now(&clock_page, VMCLOCK_TIME_TAI, &t))
		;
	return (struct timestamp){
		.sec = htonl(t.sec),
		.ns = htonl(vmclock_frac_to_ns(t.frac)),
	};
}

static struct message message(uint8_t type, size_t length)
{
	return (struct message){
		.type = type,
		.version = 2,
		.length = htons(length),
		.source = { .clock = "MASTER1", .number = htons(1) },
	};
}

static void send_to(int s, int port, const struct message *m)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = group,
	};

	sendto(s, m, ntohs(m->length), 0, (struct sockaddr *)&to, sizeof(to));
}

static void announce(int s, uint16_t sequence)
{
	struct message m = message(ANNOUNCE, 64);

	m.flags = htons(ANNOUNCE_FLAGS);
	m.sequence = htons(sequence);
	m.control = 5;
	m.interval = 1;
	m.announce.utc_offset = htons(TAI_UTC_SEC);
	m.announce.priority1 = 1;
	m.announce.class = 6;
	m.announce.accuracy = 0x21;
	m.announce.priority2 = 1;
	memcpy(m.announce.grandmaster, m.source.clock, 8);
	m.announce.source = 0x20;	/* GNSS */
	send_to(s, GENERAL_PORT, &m);
}

static void sync_clocks(int s, uint16_t sequence)
{
	struct message m = message(SYNC, 44);

	m.sequence = htons(sequence);
	m.time = now();
	send_to(s, EVENT_PORT, &m);
}

static void answer(int events, int general)
{
	struct message request, m = message(DELAY_RESP, 54);

	if (recv(events, &request, sizeof(request), 0) < 44 ||
	    (request.type & 15) != DELAY_REQ)
		return;
	m.time = now();
	m.sequence = request.sequence;
	m.control = 3;
	m.requesting = request.source;
	send_to(general, GENERAL_PORT, &m);
}

static int open_socket(int port, int interface)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	struct ip_mreqn member = {
		.imr_multiaddr = group,
		.imr_ifindex = interface,
	};
	int s = socket(AF_INET, SOCK_DGRAM, 0), off = 0;

	if (bind(s, (struct sockaddr *)&at, sizeof(at)) ||
	    setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, &member,
		       sizeof(member)) ||
	    setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &member,
		       sizeof(member)) ||
	    setsockopt(s, IPPROTO_IP, IP_MULTICAST_LOOP, &off, sizeof(off)))
		perror("ptp_master");
	return s;
}

int main(int argc, char **argv)
{
	uint32_t seconds = 0, sec = 0;
	struct timestamp t;
	struct pollfd p = { .events = POLLIN };
	int general;

	if (argc != 3 || vmclock_open(&clock_page, argv[1])) {
		fprintf(stderr, "usage: ptp_master DEVICE INTERFACE\n");
		return 2;
	}
	inet_pton(AF_INET, GROUP, &group);
	p.fd = open_socket(EVENT_PORT, if_nametoindex(argv[2]));
	general = open_socket(GENERAL_PORT, if_nametoindex(argv[2]));
	for (;;) {
		t = now();
		if (t.sec != sec) {
			sec = t.sec;
			if (!(seconds & 1))
				announce(general, seconds / 2);
			sync_clocks(p.fd, seconds++);
		}
		if (poll(&p, 1, 1000 - ntohl(t.ns) / 1000000) > 0)
			answer(p.fd, general);
	}
}
