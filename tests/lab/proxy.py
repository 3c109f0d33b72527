# SPDX-License-Identifier: Apache-2.0
"""Stands between fother and an engine: records what is asked, and fails or
kills at a chosen question."""

import os
import signal
import socket
import tempfile
import threading
from pathlib import Path

# What happens at the chosen request.
FAIL = "fail"                      # answered 500, never forwarded
CUT_BEFORE = "cut before"          # hung up, never forwarded
CUT_AFTER = "cut after"            # done by the engine, then hung up
KILL_BEFORE = "kill before"        # the client dies; never forwarded
KILL_AFTER = "kill after"          # done by the engine, then the client dies

BLOCK = 1 << 16


def mutates(method, _path):
    return method in ("POST", "PUT", "DELETE")


class Proxy:
    """matches(method, path) tells which requests count; when the one with
    number `at` (from 1) comes, `act` happens. victim: the client's pid."""

    def __init__(self, engine):
        self.engine = engine
        self.home = Path(tempfile.mkdtemp(prefix="proxy-", dir="/tmp"))
        self.path = self.home / "sock"
        self.url = f"unix://{self.path}"
        self.victim = None
        self.reset()
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(self.path))
        self.listener.listen(16)
        threading.Thread(target=self._serve, daemon=True).start()

    def reset(self, at=0, act=None, matches=mutates, hook=None):
        """hook(method, path): called with each request that counts, before
        it is forwarded."""
        self.at = at
        self.act = act
        self.matches = matches
        self.hook = hook
        self.requests = []
        self.counted = []
        self.lock = threading.Lock()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.path.unlink(missing_ok=True)
        self.home.rmdir()

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(client,),
                             daemon=True).start()

    def _answer(self, client):
        with client:
            try:
                self._exchange(client)
                # Wakes whoever still reads from it, too.
                client.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _exchange(self, client):
        head, rest = read_head(client)
        if not head:
            return
        method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
        act = self._decide(method, path)
        if act == KILL_BEFORE:
            self._kill()
            return
        if act == CUT_BEFORE:
            return
        if act == FAIL:
            body = b'{"message":"the lab says no"}\n'
            client.sendall(b"HTTP/1.1 500 Internal Server Error\r\n"
                           b"Content-Type: application/json\r\n"
                           b"Connection: close\r\n"
                           b"Content-Length: %d\r\n\r\n" % len(body) + body)
            return
        self._forward(client, close_after(head) + rest, act)

    def _decide(self, method, path):
        with self.lock:
            self.requests.append((method, path))
            if not self.matches(method, path):
                return None
            self.counted.append((method, path))
            act = self.act if len(self.counted) == self.at else None
        if self.hook:
            self.hook(method, path)
        return act

    def _forward(self, client, request, act):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as engine:
            engine.connect(str(self.engine.socket))
            engine.sendall(request)
            threading.Thread(target=pump, args=(client, engine),
                             daemon=True).start()
            kept = b""
            while True:
                block = engine.recv(BLOCK)
                if not block:
                    break
                if act:
                    kept += block
                else:
                    client.sendall(block)
        if act == KILL_AFTER:
            self._kill()
        # CUT_AFTER: what was kept is never told.

    def _kill(self):
        if self.victim:
            os.kill(self.victim, signal.SIGKILL)


def read_head(client):
    """The request's head, and what came after it already."""
    data = b""
    while b"\r\n\r\n" not in data:
        block = client.recv(BLOCK)
        if not block:
            return b"", b""
        data += block
    head, rest = data.split(b"\r\n\r\n", 1)
    return head + b"\r\n\r\n", rest


def close_after(head):
    """HEAD, asking for one answer only: its end is then the connection's."""
    lines = [line for line in head[:-4].split(b"\r\n")
             if not line.lower().startswith(b"connection:")]
    return b"\r\n".join(lines + [b"Connection: close"]) + b"\r\n\r\n"


def pump(source, target):
    """Pass on what else SOURCE sends: the rest of a body."""
    try:
        while True:
            block = source.recv(BLOCK)
            if not block:
                return
            target.sendall(block)
    except OSError:
        return
