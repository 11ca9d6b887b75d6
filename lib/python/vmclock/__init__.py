# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The time, and between which times the true one is, from a VMClock page.

    with vmclock.Clock() as clock:
        now = clock.now(vmclock.UTC)
        print(now.earliest.ns_down(), now.latest.ns_up())
        clock.wait_after(now.latest)

This is libvmclock(3), called by ctypes: the package libvmclock0 has to be
installed. $LIBVMCLOCK names another copy of the library.
"""
import ctypes
import datetime
import errno
import os
import time
from types import TracebackType
from typing import Any, NamedTuple, Optional, Type, Union

__all__ = ["TAI", "UTC", "Clock", "Epoch", "Error", "NoTime", "Reading", "Time",
           "counter", "page_at", "version"]

UTC = 0
TAI = 1
PAGE, SYSTEM = 1, 2		# Reading.source
UNKNOWN, SYNCHRONIZED, FREERUNNING = 0, 2, 3	# Reading.status
(LEAP_NONE, LEAP_PRE_POS, LEAP_PRE_NEG, LEAP_POS, LEAP_POST_POS,
 LEAP_POST_NEG) = range(6)	# Reading.leap
_FALLBACK = 1
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


class Error(OSError):
    """What libvmclock returned: errno, and what it says of it."""


class NoTime(Error):
    """There is no time in this scale now."""


class Time(NamedTuple):
    """A moment: seconds since 1970-01-01 and s / 2^64, which compare as it does."""
    sec: int
    frac: int

    def ns_down(self) -> int:
        """in ns, rounded down"""
        return self.sec * 10**9 + (self.frac * 10**9 >> 64)

    def ns_up(self) -> int:
        """in ns, rounded up"""
        return self.sec * 10**9 - (-self.frac * 10**9 >> 64)

    def datetime(self) -> datetime.datetime:
        """of a time in UTC, rounded down to us"""
        return _EPOCH + datetime.timedelta(seconds=self.sec,
                                           microseconds=self.frac * 10**6 >> 64)


class Epoch(NamedTuple):
    """A stretch of time without disruption."""
    disruption_marker: int
    vm_generation: int


class Reading(NamedTuple):
    """The time, and where the true time must be: None if that is not bounded."""
    time: Time
    earliest: Optional[Time]
    latest: Optional[Time]
    epoch: Epoch
    status: int
    leap: int
    source: int


class _Time(ctypes.Structure):
    _fields_ = [("sec", ctypes.c_int64), ("frac", ctypes.c_uint64)]


class _Epoch(ctypes.Structure):
    _fields_ = [("disruption_marker", ctypes.c_uint64),
                ("vm_generation", ctypes.c_uint64)]


class _Reading(ctypes.Structure):
    _fields_ = [("time", _Time), ("earliest", _Time), ("latest", _Time),
                ("epoch", _Epoch), ("status", ctypes.c_uint8),
                ("leap", ctypes.c_uint8), ("source", ctypes.c_uint8),
                ("bounded", ctypes.c_uint8), ("reserved", ctypes.c_uint32)]


def _load() -> Any:
    name = os.environ.get("LIBVMCLOCK", "libvmclock.so.0")
    try:
        lib = ctypes.CDLL(name)
    except OSError as e:
        raise ImportError(f"vmclock needs the library {name}, which can't be "
                          f"loaded; remedy: apt install libvmclock0 ({e})") from e
    handle, reading = ctypes.c_void_p, ctypes.POINTER(_Reading)
    epoch, integer = ctypes.POINTER(_Epoch), ctypes.c_int
    prototypes = {
        "open": (integer, ctypes.POINTER(handle), ctypes.c_char_p, ctypes.c_uint),
        "close": (None, handle),
        "now": (integer, handle, integer, reading),
        "at": (integer, handle, integer, ctypes.c_uint64, reading),
        "counter": (ctypes.c_uint64,),
        "get_epoch": (integer, handle, epoch),
        "why": (ctypes.c_char_p, handle, integer),
        "wait_after": (integer, handle, integer, ctypes.POINTER(_Time), integer),
        "fd": (integer, handle),
        "wait_change": (integer, handle, integer),
        "page_at": (integer, ctypes.c_char_p, ctypes.c_size_t, integer,
                    ctypes.c_uint64, reading),
        "strerror": (ctypes.c_char_p, integer),
        "version": (ctypes.c_char_p,),
    }
    for function, (result, *arguments) in prototypes.items():
        f = getattr(lib, "libvmclock_" + function)
        f.restype, f.argtypes = result, arguments
    return lib


_lib = _load()


def _failed(error: int, why: Optional[bytes] = None) -> Error:
    text = (why or _lib.libvmclock_strerror(error)).decode()
    return (NoTime if error == -errno.ENODATA else Error)(-error, text)


def _end(timeout: Optional[float]) -> Optional[float]:
    return None if timeout is None else time.monotonic() + timeout


def _ms(end: Optional[float]) -> int:
    """what is left, as far as it goes into an int; -1: for ever"""
    if end is None:
        return -1
    return int(min(max(0, (end - time.monotonic()) * 1000 + 0.999), 2**31 - 1))


def _reading(r: _Reading) -> Reading:
    earliest = latest = None
    if r.bounded:
        earliest = Time(r.earliest.sec, r.earliest.frac)
        latest = Time(r.latest.sec, r.latest.frac)
    return Reading(Time(r.time.sec, r.time.frac), earliest, latest,
                   Epoch(r.epoch.disruption_marker, r.epoch.vm_generation),
                   r.status, r.leap, r.source)


def counter() -> int:
    """The counter that a page counts: the TSC, or CNTVCT on arm64."""
    return int(_lib.libvmclock_counter())


def version() -> str:
    """Version of the library."""
    return str(_lib.libvmclock_version().decode())


def page_at(page: bytes, count: int, scale: int = UTC) -> Reading:
    """What a copy of a page says at a counter value."""
    r = _Reading()
    ret = _lib.libvmclock_page_at(page, len(page), scale, count, ctypes.byref(r))
    if ret and ret != -errno.ERANGE:
        raise _failed(ret)
    return _reading(r)


class Clock:
    """An open clock. Threads may share it; it is closed at the end of a `with`."""

    def __init__(self, path: Union[str, os.PathLike, None] = None,
                 fallback: bool = False) -> None:
        """path: the device; None: $VMCLOCK_DEVICE, or /dev/vmclock0.

        fallback: without a page, or while it tells no time, the system's clock.
        """
        handle = ctypes.c_void_p()
        name = None if path is None else os.fsencode(path)
        self._handle: Optional[ctypes.c_void_p] = None
        ret = _lib.libvmclock_open(ctypes.byref(handle), name,
                                   _FALLBACK if fallback else 0)
        if ret:
            raise _failed(ret)
        self._handle = handle

    def _open(self) -> ctypes.c_void_p:
        if self._handle is None:
            raise ValueError("the clock has been closed")
        return self._handle

    def close(self) -> None:
        """Close it; no other thread uses it any more."""
        if self._handle is not None:
            _lib.libvmclock_close(self._handle)
            self._handle = None

    def __enter__(self) -> "Clock":
        return self

    def __exit__(self, kind: Optional[Type[BaseException]],
                 value: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def _read(self, ret: int, r: _Reading, scale: int) -> Reading:
        if ret and ret != -errno.ERANGE:
            why = None
            if ret == -errno.ENODATA:
                why = _lib.libvmclock_why(self._open(), scale)
            raise _failed(ret, why)
        return _reading(r)

    def now(self, scale: int = UTC) -> Reading:
        """The time in UTC or TAI."""
        r = _Reading()
        ret = _lib.libvmclock_now(self._open(), scale, ctypes.byref(r))
        return self._read(ret, r, scale)

    def at(self, count: int, scale: int = UTC) -> Reading:
        """The time at an earlier counter(), in the same epoch."""
        r = _Reading()
        ret = _lib.libvmclock_at(self._open(), scale, count, ctypes.byref(r))
        return self._read(ret, r, scale)

    def epoch(self) -> Epoch:
        """The present epoch: another one when the guest was moved or copied."""
        e = _Epoch()
        ret = _lib.libvmclock_get_epoch(self._open(), ctypes.byref(e))
        if ret:
            raise _failed(ret)
        return Epoch(e.disruption_marker, e.vm_generation)

    def wait_after(self, t: Time, scale: int = UTC,
                   timeout: Optional[float] = None) -> bool:
        """Commit wait: until t is in the past on every machine.

        False when timeout, in s, is over. An exception from a signal handler ends
        the wait.
        """
        at, end = _Time(t.sec, t.frac), _end(timeout)
        while True:
            ret = _lib.libvmclock_wait_after(self._open(), scale,
                                             ctypes.byref(at), _ms(end))
            if ret == 0 or (ret == -errno.ETIMEDOUT and not _ms(end)):
                return ret == 0
            if ret not in (-errno.ETIMEDOUT, -errno.EINTR):
                raise _failed(ret)

    def fileno(self) -> int:
        """For select and asyncio: readable when wait_change(0) is to be called."""
        ret = _lib.libvmclock_fd(self._open())
        if ret < 0:
            raise _failed(ret)
        return int(ret)

    def wait_change(self, timeout: Optional[float] = None) -> bool:
        """Wait until the page changes. False when timeout, in s, is over.

        An exception from a signal handler ends the wait.
        """
        end = _end(timeout)
        while True:
            ret = _lib.libvmclock_wait_change(self._open(), _ms(end))
            if ret == 1 or (ret == 0 and not _ms(end)):
                return ret == 1
            if ret not in (0, -errno.EINTR):
                raise _failed(ret)
