#pragma once
// Output of commands made short for models: what a program's output is known to repeat goes, what it found, changed or
// complained of stays. Pure, deterministic, linear in the size of the text, safe for any bytes.
#include <cstddef>
#include <duotty/base/error.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::digest {

/// What to reduce.
struct ReduceInput {
  std::string_view text;  ///< plain text with LF line ends, repaints already folded (shown_text, command_output)
  std::string_view command = {};  ///< the command line it is the output of; empty when unknown or of several commands
  std::optional<int> exit_code = {};  ///< when it has ended
  std::string_view reducer = "auto";  ///< a name of reducer_names(), "auto" by command and text, or "off"
  std::size_t max_chars = 0;          ///< most bytes of the result, at least 200; 0: no limit
};

/// Lines of the input that the result does not have. Numbers are 1-based and inclusive.
struct Omission {
  std::size_t first = 0;
  std::size_t last = 0;
  std::string what;  ///< e.g. "passing tests"
};

struct Reduced {
  std::string text;     ///< ends without LF; ends in a line in brackets that says what was left out
  std::string reducer;  ///< which reducer was used; "off" when the text is as it was
  std::size_t raw_lines = 0;
  std::size_t lines_omitted = 0;   ///< lines left out, those whose content stands in another line not counted
  std::size_t raw_tokens = 0;      ///< estimate_tokens of the input
  std::size_t tokens = 0;          ///< and of `text`
  std::vector<Omission> omitted;   ///< in order, at most 64; neighbours are joined when there are more
  std::size_t errors = 0;          ///< lines of the input that look like errors
  std::size_t errors_omitted = 0;  ///< of these, how many max_chars left no room for; 0 otherwise
};

/// Never longer than the input. Lines that look like errors or warnings (trouble_of) stay, whatever the reducer, except
/// rows of data such as found lines and differences, exact repetitions (counted), and what max_chars has no room for
/// (told). Fails with invalid_params for an unknown reducer.
base::Result<Reduced> reduce(const ReduceInput& input);

/// A reducer and what it is for.
struct ReducerInfo {
  std::string_view name;
  std::string_view about;
};
/// All of them, in the order in which "auto" asks.
std::vector<ReducerInfo> reducer_names();

}  // namespace duotty::digest
