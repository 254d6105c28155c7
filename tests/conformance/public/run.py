#!/usr/bin/env python3
"""Runs public suites against terminal emulators and prints what passes. See README.md."""

import argparse
import importlib
import pathlib
import shlex

from emulator import Emulator

SUITES = ["xterm_fixtures", "alacritty_ref", "libvterm_test", "esctest", "vttest"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--emulator", action="append", required=True, metavar="NAME=COMMAND",
                        help="a driver; give one for each column")
    for suite in SUITES:
        parser.add_argument("--" + suite.replace("_", "-"), metavar="FOLDER", help="where that suite's files are")
    parser.add_argument("--failures", action="store_true", help="name every failure with its first difference")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    return parser.parse_args()


def main():
    options = arguments()
    commands = dict(entry.split("=", 1) for entry in options.emulator)
    table, failures = [], []
    for name in SUITES:
        folder = getattr(options, name)
        if folder is None:
            continue
        suite = importlib.import_module("suites." + name)
        row, cases = [], 0
        for emulator_name, command in commands.items():
            emulator = Emulator(emulator_name, shlex.split(command))
            results = [r for r in suite.run(emulator, pathlib.Path(folder)) if options.only in r[0]]
            emulator.close()
            cases = max(cases, len(results))
            row.append(sum(1 for case, reason in results if reason is None))
            failures += [(name, emulator_name, case, reason) for case, reason in results if reason is not None]
        table.append((suite.TITLE, cases, row))
    print("| suite | cases | " + " | ".join(commands) + " |")
    print("|---|---|" + "---|" * len(commands))
    for title, cases, row in table:
        print(f"| {title} | {cases} | " + " | ".join(map(str, row)) + " |")
    for failure in failures if options.failures else []:
        print("{}: {}: {}: {}".format(*failure))


if __name__ == "__main__":
    main()
