#pragma once
// Blots out secrets in text that is about to leave for a model: known key formats, assignments to names like
// `password`, credentials in URLs, private key blocks, and secrets we hold ourselves. Pure and streaming: the result
// does not depend on how the text is cut. It is a net, not a proof: an unknown format in free text passes.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::agent {

/// What stands in place of a secret.
inline constexpr std::string_view redacted_mark = "[redacted]";

class Redactor {
 public:
  /// `exact`: texts to blot out wherever they stand; those shorter than 6 bytes are ignored.
  explicit Redactor(std::vector<std::string> exact = {});

  /// The part of the text that is certain now; at most 16 KiB are held back.
  std::string feed(std::string_view text);
  /// The rest. The redactor is as new afterwards.
  std::string finish();

 private:
  enum class Mode { text, private_key, token, line };
  enum class More { possible, none };
  void scan(std::string& out, More more);
  std::size_t scan_text(std::string& out, More more);
  std::size_t skip_key(More more) const;
  std::size_t skip_to(std::string_view ends);

  std::vector<std::string> exact_;
  std::string pending_;
  Mode mode_ = Mode::text;
  char previous_ = '\n';
};

/// Redactor over a whole text.
std::string redact(std::string_view text, const std::vector<std::string>& exact = {});

}  // namespace duotty::agent
