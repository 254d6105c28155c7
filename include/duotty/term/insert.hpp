#pragma once
// Text that appears above a shell's prompt while the shell waits at it, without the shell's knowledge.
#include <duotty/term/terminal.hpp>
#include <optional>
#include <string>
#include <vector>

namespace duotty::term {

/// Output that puts `lines` in the place of the `replace_rows` rows directly above the prompt block and draws the block
/// again below them, from the grid: its cells, looks, links and wraps. The block is everything from `block_first_row`
/// to the end of the cursor's logical line, or to the last row with text if that is lower (completion menus). Fed to
/// this terminal, or to any emulator in the same state, it leaves the cursor on the same cell of the block and changes
/// neither pen, modes, charsets nor saved cursor. When the rows below do not suffice, the screen scrolls as if the
/// lines had been printed.
///
/// Each line is text and SGR only and no wider than the screen (wrap_lines() makes such); it begins with the default
/// look. With `replace_rows` 0 the lines are new; a growing answer replaces the rows it had drawn and that are still on
/// the screen.
///
/// Afterwards the block's first row is `block_first_row + lines.size() - replace_rows`. Anchors of the block do not
/// move by themselves: after feeding the output the caller calls `terminal.shift_anchors(block_first_row, lines.size()
/// - replace_rows)`.
///
/// nullopt when it cannot be done: alternate screen, margins set, a half-received sequence, the block or the rows to
/// replace not wholly on the screen, the cursor above the block, `replace_rows` negative, a line too wide or with other
/// controls than SGR.
std::optional<std::string> insert_above(const Terminal& terminal, RowId block_first_row, int replace_rows,
                                        const std::vector<std::string>& lines);

/// Plain text or text with SGR (`\n` between lines) cut into rows of at most `cols` cells, at blanks where possible.
/// SGR in force is repeated at the start of each row; every other control sequence and control character is removed, a
/// tab becomes blanks up to the next multiple of eight.
std::vector<std::string> wrap_lines(std::string_view text, int cols);

}  // namespace duotty::term
