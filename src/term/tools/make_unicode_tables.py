#!/usr/bin/env python3
"""Writes src/term/width_table.cpp and src/term/grapheme_table.cpp from the files of the Unicode character database.

Run by hand when the Unicode version should change, then `npm run gen:unicode` in web/:

    python3 src/term/tools/make_unicode_tables.py [/usr/share/unicode]

The folder is laid out as the package unicode-data of Debian has it.
"""
import pathlib
import re
import sys

LIMIT = 0x110000
TERM = pathlib.Path(__file__).resolve().parent.parent

# Unassigned code points that are wide by default (UAX #11), and the block that new emoji go to.
WIDE_UNASSIGNED = (
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x1FA70, 0x1FAFF),
    (0x20000, 0x2FFFD),
    (0x30000, 0x3FFFD),
)

# GB9c asks for Indic_Conjunct_Break, which databases before 15.1 do not have. It follows from older properties.
CONJUNCT_SCRIPTS = {"Bengali", "Devanagari", "Gujarati", "Malayalam", "Oriya", "Telugu"}

GRAPHEME_NAMES = {
    "CR": "cr",
    "LF": "lf",
    "Control": "control",
    "Extend": "extend",
    "ZWJ": "joiner",
    "Regional_Indicator": "regional",
    "Prepend": "prepend",
    "SpacingMark": "spacing",
    "L": "lead",
    "V": "vowel",
    "T": "trail",
    "LV": "syllable",
    "LVT": "syllable",
}


class Database:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        first = self.lines("EastAsianWidth.txt")[0]
        self.version = re.search(r"-([0-9.]+)\.txt", first).group(1)

    def lines(self, name):
        return (self.folder / name).read_text(encoding="utf-8").splitlines()

    def property(self, name, wanted=None):
        """(first, last, value) of a file of ranges; of one property when the file has several."""
        for line in self.lines(name):
            fields = [field.strip() for field in line.split("#")[0].split(";")]
            if len(fields) < 2:
                continue
            ends = fields[0].split("..")
            if wanted is None or fields[1] == wanted:
                yield int(ends[0], 16), int(ends[-1], 16), fields[1]

    def table(self, name, default):
        values = [default] * LIMIT
        for first, last, value in self.property(name):
            values[first : last + 1] = [value] * (last + 1 - first)
        return values

    def set(self, name, wanted):
        return {code for first, last, _ in self.property(name, wanted) for code in range(first, last + 1)}


def ranges(values, default, first=0):
    """Runs of one value that is not the default, in order."""
    out = []
    for code in range(first, LIMIT):
        value = values[code]
        if value == default:
            continue
        if out and out[-1][1] == code - 1 and out[-1][2] == value:
            out[-1][1] = code
        else:
            out.append([code, code, value])
    return out


def widths(ucd):
    category = ucd.table("extracted/DerivedGeneralCategory.txt", "Cn")
    east_asian = ucd.table("EastAsianWidth.txt", "N")
    # Signs that stand before or around the digits they belong to. They are format characters, but are seen.
    signs = ucd.set("PropList.txt", "Prepended_Concatenation_Mark")

    def width(code):
        if code == 0xAD or code in signs or 0xD800 <= code <= 0xDFFF:  # SOFT HYPHEN is printed by terminals
            return 1
        if category[code] in ("Mn", "Me", "Cf") or 0x1160 <= code <= 0x11FF or 0xD7B0 <= code <= 0xD7FF:
            return 0
        if 0xE0000 <= code <= 0xE0FFF:
            return 0
        if category[code] == "Cn":
            return 2 if any(first <= code <= last for first, last in WIDE_UNASSIGNED) else 1
        return 2 if east_asian[code] in ("W", "F") else 1

    return ranges([width(code) for code in range(LIMIT)], 1, 0xA0)


def graphemes(ucd):
    names = [GRAPHEME_NAMES.get(value, "other") for value in ucd.table("auxiliary/GraphemeBreakProperty.txt", "Other")]
    scripts = ucd.table("Scripts.txt", "Unknown")
    # ZERO WIDTH NON-JOINER keeps consonants apart: it is the one mark that no conjunct goes across.
    names[0x200C] = "divider"
    for first, last, value in ucd.property("IndicSyllabicCategory.txt"):
        for code in range(first, last + 1):
            if scripts[code] in CONJUNCT_SCRIPTS and value == "Virama" and names[code] == "extend":
                names[code] = "linker"
            if scripts[code] in CONJUNCT_SCRIPTS and value == "Consonant" and names[code] == "other":
                names[code] = "consonant"
    for code in ucd.set("emoji/emoji-data.txt", "Extended_Pictographic"):
        if names[code] == "other":
            names[code] = "pictograph"
    return ranges(names, "other")


def emoji_bases(ucd):
    """Characters that VARIATION SELECTOR-16 makes an emoji."""
    flags = [False] * LIMIT
    for line in ucd.lines("emoji/emoji-variation-sequences.txt"):
        fields = line.split("#")[0].split(";")
        codes = fields[0].split()
        if len(codes) == 2 and codes[1] == "FE0F":
            flags[int(codes[0], 16)] = True
    return ranges(flags, False)


def write(name, version, header, tables):
    lines = [
        f"// Generated by src/term/tools/make_unicode_tables.py from Unicode {version}. Do not edit.",
        "// clang-format off",
        f'#include "{header}"',
        "",
        "namespace duotty::term {",
        "",
    ]
    for kind, table, count, rows in tables:
        lines += [f"const {kind} {table}[] = {{", *(f"    {{{row}}}," for row in rows), "};"]
        lines += [f"const std::size_t {count} = sizeof {table} / sizeof *{table};", ""]
    lines.append("}  // namespace duotty::term")
    (TERM / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def main():
    ucd = Database(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/unicode")
    rows = [f"0x{first:05x}, 0x{last:05x}, {cells}" for first, last, cells in widths(ucd)]
    write("width_table.cpp", ucd.version, "width_table.hpp", [("WidthRange", "width_ranges", "width_range_count", rows)])
    kinds = [f"0x{first:05x}, 0x{last:05x}, GraphemeKind::{name}" for first, last, name in graphemes(ucd)]
    bases = [f"0x{first:05x}, 0x{last:05x}" for first, last, _ in emoji_bases(ucd)]
    write(
        "grapheme_table.cpp",
        ucd.version,
        "grapheme_table.hpp",
        [
            ("GraphemeRange", "grapheme_ranges", "grapheme_range_count", kinds),
            ("EmojiRange", "emoji_ranges", "emoji_range_count", bases),
        ],
    )


main()
