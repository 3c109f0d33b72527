# SPDX-License-Identifier: Apache-2.0
"""How the benchmarks measure, and how they say it: one line a figure, with
what it should be and whether it is. None of them fails for that."""

import resource
import statistics
import subprocess
import time

from lab.program import Program


def used_sec():
    """What all processes took that we have waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(run):
    """Wall and processor seconds of RUN and its children."""
    began, before = time.monotonic(), used_sec()
    run()
    return time.monotonic() - began, used_sec() - before


WALL, PROCESSOR = 0, 1
NAMES = ("wall", "processor")


def say(*columns):
    print(*columns, sep="\t", flush=True)


def verdict(value, target):
    if target is None:
        return []
    return [f"target {target:g}", "holds" if value <= target else "MISSED"]


def ratio(name, ours, theirs, peer, measure, target=None):
    """Medians of ours and theirs, and how many times theirs ours is; at most
    TARGET times."""
    our = statistics.median(times[measure] for times in ours)
    their = statistics.median(times[measure] for times in theirs)
    say(name, NAMES[measure], f"fother {our:.3f} s", f"{peer} {their:.3f} s",
        f"ratio {our / their:.2f}", *verdict(our / their, target))


def times_less(name, ours, theirs, peer, target):
    """The other way round, in processor time: at least TARGET times less."""
    our = statistics.median(times[PROCESSOR] for times in ours)
    their = statistics.median(times[PROCESSOR] for times in theirs)
    held = "holds" if their / our >= target else "MISSED"
    say(name, "processor", f"fother {our:.3f} s", f"{peer} {their:.3f} s",
        f"{their / our:.1f} times less", f"target {target:g}", held)


def milliseconds(name, ours, target):
    wall = statistics.median(times[WALL] for times in ours) * 1e3
    used = statistics.median(times[PROCESSOR] for times in ours) * 1e3
    say(name, "wall", f"fother {wall:.1f} ms (processor {used:.1f} ms)",
        *verdict(wall, target))


def answered(name, image, **options):
    """Whether fother lists the packages of IMAGE; if it does not, what it
    says instead is told, and there is nothing to measure."""
    with Fresh(**options) as fother:
        result = fother("packages", image)
    if result.code == 0 and result.rows:
        if result.err:
            say(name, f"fother says: {result.err.strip()}")
        return True
    say(name, "not measured", f"fother {result.code}: "
        f"{(result.err or result.out).strip()}")
    return False


class Fresh(Program):
    """fother with a cache that has nothing."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def run(line, env=None):
    """LINE, which must do well; its output is not looked at."""
    subprocess.run([str(word) for word in line], env=env, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def cold(image, wrap=(), **options):
    """The times of one `fother packages IMAGE` that knows nothing yet."""
    with Fresh(**options) as fother:
        line = [*wrap, *fother.command("packages", image)]
        return timed(lambda: run(line, fother.env))
