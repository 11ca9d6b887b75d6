#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A replicated log whose order is the order in which its clients saw things happen,
whichever replica each of them asked, with no leader and no message for the order.

    commitlog.py serve NAME [--clock DEVICE] [--peer NAME]... [--no-wait]
    commitlog.py append NAME TEXT	prints the entry's time stamp, in ns of TAI
    commitlog.py read NAME		prints the log: stamp, replica, text

NAME is the path of a replica's socket. A replica gives an entry the latest time that
it can be now, and sends it to its peers. Before it answers it waits until that time
is in the past on every machine: commit wait. An entry that any client appends after
the answer, at any replica, then has a later stamp, although the replicas' clocks
differ: each is right within its own bounds. Nor is an entry shown to others before.
--no-wait shows what happens without.

An append fails unless every replica has it; recovery is left out.
"""
import argparse
import socket
import socketserver
import sys
import threading

import vmclock


def ask(name: str, line: str) -> str:
    """Send a line to a replica, and return its answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
        s.settimeout(10)
        s.connect(name)
        s.sendall(line.encode() + b"\n")
        with s.makefile() as answer:
            text = answer.read()
    if not text and line != "read":
        raise ConnectionError("it has failed, and says why itself")
    return text


class Replica:
    """A copy of the log, and a clock."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.name, self.peers, self.wait = args.name, args.peer, not args.no_wait
        self.clock = vmclock.Clock(args.clock)
        self.lock = threading.Lock()
        self.entries: "list[tuple[int, str, str]]" = []
        self.last = 0

    def stamp(self) -> int:
        """The latest time that it can be now, and later than every stamp of before."""
        now = self.clock.now(vmclock.TAI)
        if now.latest is None:
            raise RuntimeError("the page does not bound its error")
        with self.lock:
            self.last = max(now.latest.ns_up(), self.last + 1)
            return self.last

    def store(self, stamp: int, origin: str, text: str) -> None:
        """Keep an entry."""
        with self.lock:
            self.entries.append((stamp, origin, text))

    def append(self, text: str) -> str:
        """Stamp, replicate, wait, answer."""
        stamp = self.stamp()
        self.store(stamp, self.name, text)
        for peer in self.peers:
            ask(peer, f"store {stamp} {self.name} {text}")
        self.wait_after(stamp)
        return f"{stamp}\n"

    def wait_after(self, stamp: int) -> None:
        """Until that time is in the past on every machine."""
        sec, ns = divmod(stamp, 10**9)
        # rounded up: not before the stamp
        t = vmclock.Time(sec, -(-(ns << 64) // 10**9))
        if self.wait:
            self.clock.wait_after(t, vmclock.TAI)

    def read(self) -> str:
        """The log, of which no entry is of the future anywhere."""
        with self.lock:
            entries = sorted(self.entries)
        if entries:
            self.wait_after(entries[-1][0])
        return "".join(f"{s} {o} {t}\n" for s, o, t in entries)

    def answer(self, line: str) -> str:
        """What a line asks for."""
        verb, _, rest = line.rstrip("\n").partition(" ")
        if verb == "append":
            return self.append(rest)
        if verb == "store":
            stamp, origin, text = rest.split(" ", 2)
            self.store(int(stamp), origin, text)
            return "stored\n"
        return self.read()


def serve(args: argparse.Namespace) -> None:
    """A replica, until it is killed."""
    replica = Replica(args)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            line = self.rfile.readline().decode()
            self.wfile.write(replica.answer(line).encode())

    with socketserver.ThreadingUnixStreamServer(args.name, Handler) as server:
        server.serve_forever()


def main() -> None:
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("verb", choices=["serve", "append", "read"])
    p.add_argument("name")
    p.add_argument("text", nargs="*")
    p.add_argument("--clock")
    p.add_argument("--peer", action="append", default=[])
    p.add_argument("--no-wait", action="store_true")
    args = p.parse_args()
    try:
        if args.verb == "serve":
            serve(args)
        else:
            sys.stdout.write(ask(args.name, " ".join([args.verb, *args.text])))
    except OSError as e:
        sys.exit(f"commitlog.py: {args.name}: {e.strerror or e}")


if __name__ == "__main__":
    main()
