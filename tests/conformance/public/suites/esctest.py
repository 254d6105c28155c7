"""esctest, which runs inside a terminal and looks at it through reports. It reads the screen by asking for the checksum of
one cell at a time (DECRQCRA). No emulator here answers that by itself as it wants it, so the host does, from the cells."""

import os
import pathlib
import pty
import re
import select
import signal
import sys
import tempfile
import termios

TITLE = "esctest (xterm, VT level 5)"
SIZE = (80, 25)
# What the window answers: checksums, and its size in characters.
QUESTION = re.compile(rb"\x1b\[([0-9;]*)(\*y|(?<=\[18)t|(?<=\[19)t)")
TIMEOUT = "1"


def checksum(emulator, params):
    fields = [int(field or 0) for field in params.decode().split(";")]
    pid, page, top, left, bottom, right = (fields + [0] * 6)[:6]
    screen = emulator.dump()
    total = 0
    for row in range(max(top, 1), min(bottom or SIZE[1], SIZE[1]) + 1):
        for col in range(max(left, 1), min(right or SIZE[0], SIZE[0]) + 1):
            text = screen.cell(row - 1, col - 1)[0]
            total += ord(text[0]) if text else 0
    return b"\x1bP%d!~%04X\x1b\\" % (pid, total & 0xffff)


class Host:
    """A terminal line with the emulator at its end."""

    def __init__(self, emulator, command, folder):
        self.emulator = emulator
        self.rest = b""
        self.pid, self.line = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvp(command[0], command)
        termios.tcsetwinsize(self.line, (SIZE[1], SIZE[0]))

    def take(self, data):
        data = self.rest + data
        # A request may be cut by the end of a read.
        cut = data.rfind(b"\x1b")
        tail = re.fullmatch(rb"\x1b(\[[0-9;]*\*?)?", data[cut:]) if cut >= 0 else None
        self.rest = data[cut:] if tail else b""
        data = data[:cut] if tail else data
        while data:
            found = QUESTION.search(data)
            plain = data[:found.start()] if found else data
            answer = self.emulator.feed(plain) if plain else b""
            if found:
                answer += self.answer(found)
            if answer:
                os.write(self.line, answer)
            data = data[found.end():] if found else b""

    def answer(self, question):
        if question.group(2) == b"*y":
            return checksum(self.emulator, question.group(1))
        return b"\x1b[%d;%d;%dt" % (int(question.group(1)) - 10, SIZE[1], SIZE[0])

    def run(self):
        while True:
            ready, _, _ = select.select([self.line], [], [], 60)
            try:
                data = os.read(self.line, 65536) if ready else b""
            except OSError:
                data = b""
            if not data:
                break
            self.take(data)
            self.emulator.history.clear()
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.line)


def read_log(text):
    """[(test, None or reason)]. A test that is marked as failing on xterm counts like every other one."""
    results = []
    for part in text.split("Run test: ")[1:]:
        name, _, body = part.partition("\n")
        lines = [line.strip() for line in body.strip().split("\n") if line.strip()]
        if lines[:1] == ["Passed."] or any("Should have failed" in line for line in lines):
            results.append((name, None))
            continue
        if any(line.startswith("Skipped because") for line in lines):
            continue
        end = next((i for i, line in enumerate(lines) if line.startswith("***") and "passed" in line), len(lines))
        reason = next((line for line in lines[:end][::-1] if re.search(r"(Error|Exception|Failure|Response|Test)\b", line)),
                      lines[0] if lines else "no end")
        results.append((name, reason[-160:]))
    return results


def run(emulator, folder):
    folder = pathlib.Path(folder, "esctest").resolve()
    with tempfile.TemporaryDirectory() as scratch:
        log = pathlib.Path(scratch, "log")
        command = [sys.executable, "esctest.py", "--expected-terminal=xterm", "--max-vt-level=5", "--no-print-logs",
                   "--xterm-checksum=334", "--xterm-reverse-wrap=383", f"--timeout={TIMEOUT}", f"--logfile={log}"]
        if os.environ.get("ESCTEST_INCLUDE"):
            command.append("--include=" + os.environ["ESCTEST_INCLUDE"])
        emulator.reset(*SIZE)
        Host(emulator, command, folder).run()
        return read_log(log.read_text(encoding="utf-8", errors="replace"))
