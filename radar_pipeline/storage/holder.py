"""Who holds a lease: a process, named so that its death can be told on the same host."""

import os
import socket
from functools import cache
from pathlib import Path

import psutil


def this_holder() -> str:
    """This process as ``host:boot:pid:start``; pids come back, start times within a boot do not."""
    return _holder(os.getpid())


@cache
def _holder(pid: int) -> str:
    return f"{_host()}:{_boot()}:{pid}:{_start_time(pid)}"


def is_alive(holder: str) -> bool:
    """False only if the process is certainly gone; a process of another host counts as alive."""
    host, boot, pid, start = _parts(holder)
    if host != _host() or not pid.isdigit():
        return True
    if boot != _boot():
        return False
    return _start_time(int(pid)) == start


def describe(holder: str) -> str:
    """The holder in words: ``process 123 on host x``."""
    host, _, pid, _ = _parts(holder)
    return f"process {pid} on host {host}" if pid else holder


def _parts(holder: str) -> tuple[str, str, str, str]:
    # From the right: a host name might hold a colon, the other parts cannot.
    parts = holder.rsplit(":", 3)
    return (parts[0], parts[1], parts[2], parts[3]) if len(parts) == 4 else (holder, "", "", "")


@cache
def _host() -> str:
    return socket.gethostname()


@cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip().replace("-", "")[:8]
    except OSError:
        return f"{int(psutil.boot_time()):08x}"[-8:]


def _start_time(pid: int) -> str:
    """Start of a process; empty if there is none or it is a zombie, which will write no more."""
    try:
        # Ticks since boot: unlike a wall-clock start time, they don't move when the clock is set.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]
    except (FileNotFoundError, ProcessLookupError):
        return "" if Path("/proc/self/stat").exists() else _start_time_elsewhere(pid)


def _start_time_elsewhere(pid: int) -> str:
    """The same where there is no /proc."""
    try:
        process = psutil.Process(pid)
        return "" if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.NoSuchProcess:
        return ""
