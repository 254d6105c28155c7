#pragma once
// Key names to the bytes a program expects, by the modes it has set (xterm ctlseqs, "PC-Style Function Keys").
#include <duotty/term/modes.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::term {

/// The bytes of a key: `enter`, `ctrl+c`, `shift+tab`, `alt+x`, `ctrl+shift+left`, `f5`, `pageup`, ... or any single
/// character. Case and blanks do not matter, except the case of a single letter, alone or after alt; `-` may stand for
/// `+` after a modifier. nullopt for an unknown name or a combination without bytes. Arrows, Home and End follow
/// DECCKM; enter sends CR (CR LF in newline mode).
std::optional<std::string> encode_key(std::string_view name, const Modes& modes);

/// Every name of an unmodified key and of ctrl+letter, for documentation.
std::vector<std::string> key_names();

/// Text as a paste: line ends become CR, control characters but tab and line ends are removed; between the bracketed
/// paste marks when the mode is on, so that the program can tell it from typing.
std::string encode_paste(std::string_view text, const Modes& modes);

}  // namespace duotty::term
