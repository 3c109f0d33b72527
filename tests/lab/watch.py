# SPDX-License-Identifier: Apache-2.0
"""What a running fother and all its workers are doing, seen from outside."""

import os
import signal
import threading
import time
from pathlib import Path

# Between two looks, so that the shortest of workers is met.
PAUSE_SEC = 0.002


def tree(pid):
    """PID and all that descend from it, as the kernel tells."""
    found, ahead = [], [pid]
    while ahead:
        one = ahead.pop()
        found.append(one)
        try:
            for task in Path(f"/proc/{one}/task").iterdir():
                ahead += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return found


def command(pid):
    """Its words; none of a process that is gone."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    return words.decode(errors="replace").split("\0")[:-1]


def workers(pid, role=None):
    """The pids of the workers below PID, of one ROLE or of all."""
    found = []
    for one in tree(pid):
        words = command(one)
        if words and words[0].endswith("fother-worker") and \
                (role is None or role in words[1:]):
            found.append(one)
    return found


def kill_worker(process, role="layer", patience_sec=30):
    """kill -9 of the first worker of ROLE that PROCESS has; was there one?"""
    end = time.monotonic() + patience_sec
    while process.poll() is None and time.monotonic() < end:
        for pid in workers(process.pid, role):
            os.kill(pid, signal.SIGKILL)
            return True
    return False


def pss_kib(pid):
    """The memory that PID has to itself, and its share of what is shared."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            for line in file:
                if line.startswith("Pss:"):
                    return int(line.split()[1])
    except (OSError, ValueError):
        pass
    return 0


class Memory:
    """Samples the tree of PROCESS until it ends: peak_kib is the largest sum
    of PSS at one time, sum_kib that of each process's own peak, n_samples
    how often was looked."""

    def __init__(self, process):
        self.process = process
        self.peak_kib = 0
        self.peaks = {}
        self.n_samples = 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    @property
    def sum_kib(self):
        return sum(self.peaks.values())

    def _look(self):
        """Of each process its PSS. One that is being started (posix_spawn)
        still runs in its parent's own memory, which counts once: until it
        executes something it has its parent's words, too."""
        own = command(self.process.pid)
        return {pid: pss_kib(pid) for pid in tree(self.process.pid)
                if pid == self.process.pid or command(pid) != own}

    def _run(self):
        while not self.ended.is_set():
            now = self._look()
            self.peak_kib = max(self.peak_kib, sum(now.values()))
            for pid, kib in now.items():
                self.peaks[pid] = max(kib, self.peaks.get(pid, 0))
            self.n_samples += 1
            time.sleep(PAUSE_SEC)

    def stop(self):
        self.ended.set()
        self.thread.join()
        return self
