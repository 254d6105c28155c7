#pragma once
// The character sets that differ from ASCII.
#include <string_view>

namespace duotty::term {

// 0x5f to 0x7e of DEC Special Graphics (VT100 User Guide, table 3-9). The first is a blank.
inline constexpr std::u32string_view special_graphics =
    U" \u25c6\u2592\u2409\u240c\u240d\u240a\u00b0\u00b1\u2424\u240b\u2518\u2510\u250c\u2514\u253c"
    U"\u23ba\u23bb\u2500\u23bc\u23bd\u251c\u2524\u2534\u252c\u2502\u2264\u2265\u03c0\u2260\u00a3\u00b7";

// National replacement sets (VT510 manual, table 7-16): what stands in the place of each of these characters.
inline constexpr std::u32string_view replaced = U"#@[\\]^_`{|}~";
struct National {
  std::string_view finals;
  std::u32string_view characters;
};
inline constexpr National nationals[] = {
    {"A", U"\u00a3@[\\]^_`{|}~"},                                                        // British
    {"4", U"\u00a3\u00be\u0133\u00bd|^_`\u00a8\u0192\u00bc\u00b4"},                      // Dutch
    {"C5", U"#@\u00c4\u00d6\u00c5\u00dc_\u00e9\u00e4\u00f6\u00e5\u00fc"},                // Finnish
    {"Rf", U"\u00a3\u00e0\u00b0\u00e7\u00a7^_`\u00e9\u00f9\u00e8\u00a8"},                // French
    {"Q9", U"#\u00e0\u00e2\u00e7\u00ea\u00ee_\u00f4\u00e9\u00f9\u00e8\u00fb"},           // French Canadian
    {"K", U"#\u00a7\u00c4\u00d6\u00dc^_`\u00e4\u00f6\u00fc\u00df"},                      // German
    {"Y", U"\u00a3\u00a7\u00b0\u00e7\u00e9^_\u00f9\u00e0\u00f2\u00e8\u00ec"},            // Italian
    {"`E6", U"#\u00c4\u00c6\u00d8\u00c5\u00dc_\u00e4\u00e6\u00f8\u00e5\u00fc"},          // Norwegian, Danish
    {"Z", U"\u00a3\u00a7\u00a1\u00d1\u00bf^_`\u00b0\u00f1\u00e7~"},                      // Spanish
    {"7H", U"#\u00c9\u00c4\u00d6\u00c5\u00dc_\u00e9\u00e4\u00f6\u00e5\u00fc"},           // Swedish
    {"=", U"\u00f9\u00e0\u00e9\u00e7\u00ea\u00ee\u00e8\u00f4\u00e4\u00f6\u00fc\u00fb"},  // Swiss
};

}  // namespace duotty::term
