"""Fixtures of xterm.js: what a file of output looks like on xterm, 80x25, as text without trailing blanks."""

import pathlib

TITLE = "escape sequence files of xterm.js"


def run(emulator, folder):
    files = pathlib.Path(folder, "test/fixtures/escape_sequence_files")
    results = []
    for source in sorted(files.glob("*.in")):
        expected = source.with_suffix(".text").read_text(encoding="utf-8", errors="replace").split("\n")
        emulator.reset(80, 25)
        # The files were made on a terminal line that turns every line feed into CR LF.
        emulator.feed(source.read_bytes().replace(b"\n", b"\r\n"))
        screen = emulator.dump()
        shown = [screen.text(row).rstrip() for row in range(25)]
        wanted = ([line.rstrip() for line in expected] + [""] * 25)[:25]
        wrong = [row for row in range(25) if shown[row] != wanted[row]]
        reason = f"row {wrong[0]}: {shown[wrong[0]]!r}, not {wanted[wrong[0]]!r}" if wrong else None
        results.append((source.stem, reason))
    return results
