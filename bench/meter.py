"""What another process costs: its CPU time and resident memory, read from the kernel.

CPU comes from the process's CPU clock (clock_getcpuclockid(3)): nanoseconds actually run, all
threads, dead ones included. /proc/PID/stat has the same sum in ticks of 10 ms; it is read only for
the split between user and system, which is therefore coarse.
"""

import os
import time
from typing import NamedTuple

_TICK = 1.0 / os.sysconf("SC_CLK_TCK")
_CPUCLOCK_SCHED = 2  # include/linux/posix-timers.h: the low bits of a process's clock id


class Cpu(NamedTuple):
    """CPU seconds of a process up to one moment."""

    total: float
    user: float
    system: float

    def since(self, start: "Cpu") -> "Cpu":
        """Give what was used between `start` and this reading."""
        return Cpu(self.total - start.total, self.user - start.user, self.system - start.system)


def cpu_of(pid: int) -> Cpu:
    """Read the CPU time of a process: total to the nanosecond, the split to the tick."""
    total = time.clock_gettime((~pid << 3) | _CPUCLOCK_SCHED)
    with open(f"/proc/{pid}/stat", "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    return Cpu(total, int(fields[11]) * _TICK, int(fields[12]) * _TICK)


def rss_kib(pid: int) -> int:
    """Read the resident set of a process in KiB."""
    with open(f"/proc/{pid}/status", "rb") as file:
        for line in file:
            if line.startswith(b"VmRSS:"):
                return int(line.split()[1])
    raise ProcessLookupError(pid)
