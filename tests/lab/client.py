# SPDX-License-Identifier: Apache-2.0
"""A client that never stops asking, to see an outage as a user sees it."""

import http.client
import json
import select
import subprocess
import sys
import time
import urllib.request

# Between two questions; no outage shorter than this is seen.
PAUSE_SEC = 0.02
# One that gets no answer for so long has none.
PATIENCE_SEC = 1.0


class Client:
    """Asks URL from within the engine's network until it is stopped."""

    def __init__(self, engine, url):
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "nsenter", "-t", engine.init,
             "-n", "--", "/usr/bin/python3", "-B", __file__, url],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def stop(self):
        """{"asked": n, "failed": n, "outage_sec": the longest, "last": text}"""
        answer, _ = self.process.communicate("", timeout=10)
        return json.loads(answer)


def answer_of(opener, url):
    try:
        with opener.open(url, timeout=PATIENCE_SEC) as answer:
            return answer.read().decode()
    except (OSError, http.client.HTTPException):
        return None


def ask(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    asked = failed = 0
    outage = 0.0
    last = None
    served = time.monotonic()
    print("asking", flush=True)
    while not select.select([sys.stdin], [], [], PAUSE_SEC)[0]:
        text = answer_of(opener, url)
        now = time.monotonic()
        asked += 1
        if text is None:
            failed += 1
            continue
        outage = max(outage, now - served)
        served = now
        last = text
    outage = max(outage, time.monotonic() - served)
    print(json.dumps({"asked": asked, "failed": failed,
                      "outage_sec": round(outage, 3), "last": last}))


if __name__ == "__main__":
    ask(sys.argv[1])
