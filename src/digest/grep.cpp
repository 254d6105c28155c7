#include <re2/re2.h>

#include <algorithm>
#include <duotty/base/text.hpp>
#include <duotty/digest/grep.hpp>

namespace duotty::digest {
namespace {

constexpr std::size_t max_pattern = 4096;
constexpr std::size_t max_context = 1000;
constexpr std::int64_t max_memory = 8 << 20;

re2::StringPiece piece(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

Pattern::Pattern(std::unique_ptr<re2::RE2> program) : program_(std::move(program)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

base::Result<Pattern> Pattern::compile(std::string_view pattern, Case letter_case) {
  if (pattern.size() > max_pattern)
    return base::Error(base::Errc::invalid_params, "The pattern is longer than 4096 bytes.", "pattern");
  if (!base::is_utf8(pattern))
    return base::Error(base::Errc::invalid_params, "The pattern is not valid UTF-8.", "pattern");
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(max_memory);
  options.set_case_sensitive(letter_case == Case::sensitive);
  auto program = std::make_unique<re2::RE2>(piece(pattern), options);
  if (!program->ok())
    return base::Error(base::Errc::invalid_params,
                       "invalid regular expression: " + base::to_valid_utf8(program->error()) +
                           " (RE2 syntax: no look-around, no back references)",
                       "pattern");
  return Pattern(std::move(program));
}

bool Pattern::matches(std::string_view text) const {
  return re2::RE2::PartialMatch(piece(text), *program_);
}

base::Result<GrepResult> grep_lines(std::string_view text, std::string_view pattern, std::size_t context,
                                    Case letter_case) {
  const auto compiled = Pattern::compile(pattern, letter_case);
  if (!compiled) return compiled.error();
  if (context > max_context) return base::Error(base::Errc::invalid_params, "context is 0 to 1000 lines.", "context");
  const auto lines = base::split(text, '\n');
  GrepResult result;
  result.total_lines = lines.size();
  std::vector<std::size_t> hits;
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (compiled->matches(lines[i])) hits.push_back(i);
  result.match_count = hits.size();
  std::size_t next = 0;  // first line not yet given
  for (std::size_t h = 0; h < hits.size(); ++h) {
    const std::size_t hit = hits[h];
    const std::size_t last = std::min(lines.size() - 1, hit + context);
    for (std::size_t i = std::max(next, hit > context ? hit - context : 0); i <= last; ++i) {
      const bool is_match = std::binary_search(hits.begin(), hits.end(), i);
      GrepLine line{i + 1, std::string(lines[i]), std::nullopt};
      if (context > 0) line.match = is_match;
      result.matches.push_back(std::move(line));
    }
    next = std::max(next, last + 1);
  }
  return result;
}

}  // namespace duotty::digest
