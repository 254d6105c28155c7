#!/usr/bin/env python3
"""xterm behind the protocol of vt_dump, as a referee: text and cursor only. It needs a display (Xvfb does).

Output reaches it over a socket and a small relay on its terminal line; the screen comes back as a printed page."""

import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import unicodedata

RELAY = """
import os, select, socket, sys, tty
line = socket.socket(socket.AF_UNIX)
line.connect(sys.argv[1])
tty.setraw(0)
while True:
    ready, _, _ = select.select([line, 0], [], [])
    if line in ready:
        data = line.recv(65536)
        if not data:
            break
        while data:
            data = data[os.write(1, data):]
    if 0 in ready:
        line.send(os.read(0, 65536))
"""
PLAIN = {"fg": "", "bg": "", "ul": "", "underline": 0, "flags": "", "link": ""}


class Window:
    def __init__(self, folder):
        self.folder = folder
        self.process = None
        self.line = None
        self.cols = self.rows = 0
        (folder / "relay.py").write_text(RELAY)

    def start(self, cols, rows, scrollback):
        self.stop()
        self.cols, self.rows = cols, rows
        for _ in range(5):
            path = tempfile.mktemp(dir=self.folder)
            server = socket.socket(socket.AF_UNIX)
            server.bind(path)
            server.listen(1)
            server.settimeout(10)
            resources = [f"*printerCommand: cat > {self.folder}/page", "*printAttributes: 0", "*printerFormFeed: false",
                         "*allowWindowOps: true", "*decTerminalID: 525"]
            command = ["xterm", "-u8", "-geometry", f"{cols}x{rows}", "-sl", str(scrollback)]
            for resource in resources:
                command += ["-xrm", resource]
            command += ["-e", sys.executable, str(self.folder / "relay.py"), path]
            self.process = subprocess.Popen(command, env=dict(os.environ, LC_ALL="C.UTF-8"), stderr=subprocess.DEVNULL)
            try:
                self.line, _ = server.accept()
                self.line.settimeout(10)
                return
            except TimeoutError:
                self.process.kill()
                self.process.wait()
            finally:
                server.close()
        raise SystemExit("xterm does not start")

    def stop(self):
        if self.process is not None:
            self.line.close()
            self.process.kill()
            self.process.wait()

    def ask(self, question, end):
        """Everything that comes back up to the answer, which ends in `end`."""
        self.line.sendall(question)
        answer = b""
        while end not in answer:
            data = self.line.recv(65536)
            if not data:
                raise SystemExit("xterm has ended")
            answer += data
        return answer

    def feed(self, data):
        self.line.sendall(data)
        # CAN ends what the output may have left half done.
        answer = self.ask(b"\x18\x1b[5n", b"\x1b[0n")
        at = answer.rindex(b"\x1b[0n")
        return answer[:at] + answer[at + 4:]

    def dump(self):
        page = self.folder / "page"
        page.unlink(missing_ok=True)
        # DECPEX: the whole screen, not only what is between the margins.
        self.ask(b"\x1b[?19h\x1b[i\x1b[5n", b"\x1b[0n")
        place = self.ask(b"\x1b[6n", b"R")
        row, col = map(int, place[place.rindex(b"[") + 1:-1].split(b";"))
        size = -1
        for _ in range(100):
            now = page.stat().st_size if page.exists() else -1
            if now > 0 and now == size:
                break
            size = now
            time.sleep(0.02)
        lines = page.read_text(encoding="utf-8", errors="replace").split("\n") if page.exists() else []
        lines += [""] * self.rows
        return {"cols": self.cols, "rows": self.rows, "cursor": [col - 1, row - 1], "pending": False, "visible": True,
                "alternate": False, "title": "", "scrollback": [], "looks": [PLAIN],
                "screen": [{"wrapped": False, "cells": self.cells(line.rstrip("\r"))} for line in lines[:self.rows]]}

    def cells(self, text):
        cells = []
        for c in text:
            if unicodedata.combining(c) and cells:
                cells[-1][0] += c
                continue
            wide = unicodedata.east_asian_width(c) in "WF"
            cells.append([c, 1 + wide, 0])
            if wide:
                cells.append(["", 0, 0])
        return (cells + [[" ", 1, 0]] * self.cols)[:self.cols]


def main():
    with tempfile.TemporaryDirectory() as folder:
        window = Window(pathlib.Path(folder))
        window.start(80, 24, 1000)
        for command in iter(sys.stdin.buffer.readline, b""):
            name, *numbers = command.split()
            answer = {}
            if name == b"reset":
                window.start(*map(int, numbers))
            elif name == b"feed":
                answer = {"reply": window.feed(sys.stdin.buffer.read(int(numbers[0]))).hex()}
            elif name == b"dump":
                answer = window.dump()
            else:
                raise SystemExit(f"xterm.py: not understood: {command!r}")
            print(json.dumps(answer), flush=True)
        window.stop()


if __name__ == "__main__":
    main()
