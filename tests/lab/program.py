# SPDX-License-Identifier: Apache-2.0
"""fother itself, with a state and a cache of its own."""

import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from lab import BUILD, FOTHER, mirror


@dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def rows(self):
        """The records of a listing, each a list of its columns."""
        return [line.split("\t") for line in self.out.splitlines()]

    def __str__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}--- stderr\n{self.err}"


class Program:
    """Runs build/fother for one test."""

    def __init__(self, host=None, keyring=None):
        self.home = Path(tempfile.mkdtemp(prefix="fother-", dir=BUILD))
        self.state = self.home / "state"
        self.cache = self.home / "cache"
        self.host = host
        self.keyring = keyring
        # One for each start: by it those left behind are found.
        self.sessions = set()
        self.env = mirror.environment() | {
            "XDG_STATE_HOME": str(self.state),
            "XDG_CACHE_HOME": str(self.cache)}
        for name in ("DOCKER_HOST", "no_proxy"):
            self.env.pop(name, None)

    def close(self):
        shutil.rmtree(self.home, ignore_errors=True)

    def command(self, verb, *args, host=None):
        line = [str(FOTHER), verb,
                "--state", str(self.state), "--cache", str(self.cache)]
        if host or self.host:
            line += ["--host", host or self.host]
        if self.keyring:
            line += ["--keyring", str(self.keyring)]
        return line + [str(arg) for arg in args]

    def start(self, *args, host=None, env=None, wrap=()):
        """A running fother: a Popen whose pid is fother's own, unless it is
        wrapped in a command."""
        process = subprocess.Popen(
            [*wrap, *self.command(*args, host=host)],
            env=self.env | (env or {}), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True)
        self.sessions.add(str(process.pid))
        return process

    def finish(self, process, timeout=300):
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"fother hangs\n{out}\n{err}") from None
        return Result(process.returncode, out, err)

    def __call__(self, *args, timeout=300, **options):
        return self.finish(self.start(*args, **options), timeout)

    def save(self, where):
        """Keep the state and the cache as they are now..."""
        shutil.rmtree(where, ignore_errors=True)
        shutil.copytree(self.home, where, symlinks=True)

    def restore(self, where):
        """...to come back to them."""
        shutil.rmtree(self.home)
        shutil.copytree(where, self.home, symlinks=True)

    def left_running(self, patience_sec=3):
        """Those of our processes that are still there."""
        end = time.monotonic() + patience_sec
        while True:
            left = self._running()
            if not left or time.monotonic() > end:
                return left
            time.sleep(0.05)

    def _running(self):
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                # pid (name) state parent group session ...
                stat = (entry / "stat").read_text()
                state, _, _, session = stat.rpartition(")")[2].split()[:4]
                if session in self.sessions and state != "Z":
                    found.append(stat.split(")")[0] + ")")
            except OSError:
                continue
        return found


def kill_at_sync(number):
    """The environment in which fother dies at its NUMBERth sync to disk."""
    return {"LD_PRELOAD": str(BUILD / "tests" / "libkill_at_sync.so"),
            "KILL_AT_SYNC": str(number)}


def slow_read(milliseconds):
    """The environment in which each of fother's reads takes this longer."""
    return {"LD_PRELOAD": str(BUILD / "tests" / "libslow_read.so"),
            "SLOW_READ_MS": str(milliseconds)}


def memory(size):
    """A wrap that puts a tmpfs of SIZE over FOLDER, for that process only."""
    def wrap(folder):
        os.makedirs(folder, exist_ok=True)
        script = ('mount -t tmpfs -o "size=$0" tmpfs "$1" && shift '
                  '&& exec "$@"')
        return ["unshare", "--mount", "sh", "-c", script, size, str(folder)]
    return wrap
