"""What a parsing process may ask of the kernel: no network, no new process, no change to any file.

On Linux by a seccomp filter, which no code in the process can lift; elsewhere, and where the kernel
refuses one, by an audit hook, which stops Python code but not a library in C. Whatever is forbidden
fails with "Operation not permitted": the document is then unreadable, and nothing else happened.
"""

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # BPF instructions
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in what a filter sees of a call
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_REFUSE = 0x00050000  # with the error number
_EPERM, _ENOSYS = 1, 38
_CLONE_THREAD = 0x00010000
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_FOREIGN_ABI = 0x40000000  # x32 numbers of x86-64


@dataclass(frozen=True, slots=True)
class _Machine:
    """System call numbers of an architecture; those it does not have are left out."""

    audit: int
    network: tuple[int, ...]  # sockets, and io_uring, which opens them unseen
    others: tuple[int, ...]  # reaching into other processes, the machine's settings or the kernel, opening
    # files by handle, leaving the group it is ended with
    start: tuple[int, ...]  # fork, vfork, execve, execveat
    clone: int
    change: tuple[int, ...]  # rename, unlink, truncate, chmod … by name or descriptor
    opening: tuple[tuple[int, int], ...]  # number, which argument holds the flags
    signals: tuple[int, ...]  # kill, tgkill: their first argument is a process


# fmt: off
_MACHINES = {
    "x86_64": _Machine(
        audit=0xC000003E,
        network=(41, 42, 43, 44, 46, 49, 50, 288, 307, 425, 426, 427),
        others=(29, 101, 109, 112, 141, 161, 164, 165, 166, 170, 171, 200, 227, 240, 248, 249, 250, 251,
                272, 298, 303, 304, 305, 308, 310, 311, 321, 323, 424, 428, 429, 430, 431, 432, 433, 434,
                438),
        start=(57, 58, 59, 322),
        clone=56,
        change=(76, 77, 82, 83, 84, 85, 86, 87, 88, 90, 91, 92, 93, 94, 132, 133, 188, 189, 190, 197, 198,
                199, 235, 258, 259, 260, 261, 263, 264, 265, 266, 268, 280, 316),
        opening=((2, 1), (257, 2)),
        signals=(62, 234),
    ),
    "aarch64": _Machine(
        audit=0xC00000B7,
        network=(198, 200, 201, 202, 203, 206, 211, 242, 269, 425, 426, 427),
        others=(30, 39, 40, 51, 97, 112, 117, 130, 140, 154, 157, 161, 162, 170, 180, 194, 217, 218, 219,
                241, 264, 265, 266, 268, 270, 271, 280, 282, 424, 428, 429, 430, 431, 432, 433, 434, 438),
        start=(221, 281),
        clone=220,
        change=(5, 6, 7, 14, 15, 16, 33, 34, 35, 36, 37, 38, 45, 46, 52, 53, 54, 55, 88, 276),
        opening=((56, 2),),
        signals=(129, 131),
    ),
}
# fmt: on
_NEWEST = 440  # from here on calls came after this table was made: "no such call", as on an older kernel
_CLONE3, _OPENAT2 = 435, 437  # their flags lie in memory that a filter can't see: "no such call"


_STEP = struct.Struct("=HBBI")


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def confine(*, processes: bool = False) -> str:
    """Confine this process and all it starts, for good; returns by what: ``seccomp`` or ``audit``.

    With ``processes`` it may start others, as text recognition is another program. All of them stay
    within the same limits: they change no file, and end nobody, not even what they started.
    """
    machine = _MACHINES.get(platform.machine()) if sys.platform == "linux" else None
    if machine is not None and _install(_filter(machine, os.getpid(), processes)):
        return "seccomp"
    sys.addaudithook(_guard(processes))
    return "audit"


def _install(steps: list[tuple[int, int, int, int]]) -> bool:
    """Whether the kernel took the filter."""
    try:
        prctl = ctypes.CDLL(None, use_errno=True).prctl
    except (OSError, AttributeError):
        return False
    program = _Program(len(steps), b"".join(_STEP.pack(*step) for step in steps))
    if prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == 0)


def _filter(machine: _Machine, own: int, processes: bool) -> list[tuple[int, int, int, int]]:
    """The program: (instruction, steps to skip if true, if false, value). The first answer counts."""
    return [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, machine.audit),
        (_RETURN, 0, 0, _KILL),  # 32-bit calls have other numbers
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _FOREIGN_ABI),
        (_RETURN, 0, 0, _REFUSE | _EPERM),
        *_rules(machine, own, processes),
        (_RETURN, 0, 0, _ALLOW),
    ]


def _rules(machine: _Machine, own: int, processes: bool) -> Iterator[tuple[int, int, int, int]]:
    """Each rule starts and ends with the call's number loaded."""
    yield (_AT_LEAST, 0, 1, _NEWEST)
    yield (_RETURN, 0, 0, _REFUSE | _ENOSYS)
    for number in (*machine.network, *machine.others):
        yield from _refused(number)
    for number in machine.signals:
        yield from _unless(number, 0, (_EQUAL, own))
    for number in machine.change:
        yield from _refused(number)
    for number in (_CLONE3, _OPENAT2):
        yield from _refused(number, _ENOSYS)  # the C library then asks in the way that can be seen
    for number, argument in machine.opening:
        yield from _if(number, argument, (_ANY_BIT, _WRITES))
    if not processes:
        for number in machine.start:
            yield from _refused(number)
        yield from _unless(machine.clone, 0, (_ANY_BIT, _CLONE_THREAD))


def _refused(number: int, error: int = _EPERM) -> Iterator[tuple[int, int, int, int]]:
    yield (_EQUAL, 0, 1, number)
    yield (_RETURN, 0, 0, _REFUSE | error)


def _unless(number: int, argument: int, test: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    """Refuse the call unless its argument passes the test."""
    yield (_EQUAL, 0, 4, number)
    yield (_LOAD, 0, 0, _FIRST_ARGUMENT + 8 * argument)
    yield (test[0], 1, 0, test[1])
    yield (_RETURN, 0, 0, _REFUSE | _EPERM)
    yield (_RETURN, 0, 0, _ALLOW)


def _if(number: int, argument: int, test: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    """Refuse the call if its argument passes the test."""
    yield (_EQUAL, 0, 4, number)
    yield (_LOAD, 0, 0, _FIRST_ARGUMENT + 8 * argument)
    yield (test[0], 0, 1, test[1])
    yield (_RETURN, 0, 0, _REFUSE | _EPERM)
    yield (_RETURN, 0, 0, _ALLOW)


_PROCESSES = ("subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "pty.")
_CHANGES = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.truncate", "os.link", "os.symlink", "os.ch")
_READING = frozenset({"os.chdir"})


def _guard(processes: bool) -> Callable[[str, tuple[Any, ...]], None]:
    """The audit hook that refuses the same, as far as Python knows of it."""
    refused = ("socket.", "os.kill", *_CHANGES, *(() if processes else _PROCESSES))

    def guard(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(refused) and event not in _READING:
            if event.startswith("os.kill") and arguments[0] == os.getpid():
                return
            raise PermissionError(_EPERM, "a parser may not do this")
        if event == "open" and _opens_for_writing(*arguments):
            raise PermissionError(_EPERM, "a parser may not do this")

    return guard


def _opens_for_writing(file: Any, _mode: Any, flags: Any) -> bool:
    """A number is of what is open already, such as a pipe."""
    return not isinstance(file, int) and isinstance(flags, int) and bool(flags & _WRITES)
