#pragma once
// The access key: what a person types to sign in from somewhere else. Only a hash is kept.
#include <duotty/base/error.hpp>
#include <string>
#include <string_view>

namespace duotty::http {

/// The hash of an access key, as a value that may be verified on another thread.
/// Text forms: `scrypt$15$8$1$<salt>$<hash>` (RFC 7914: log2 N, r, p) and `sha256$<hash>`, base64.
class AccessKey {
 public:
  /// Shortest key a person may choose, in characters.
  static constexpr std::size_t min_length = 12;

  /// Hashes a key that a person chose with scrypt; takes some 50 ms and 32 MiB: call it off the loop. Error
  /// invalid_params when it is shorter than min_length or not UTF-8.
  static base::Result<AccessKey> from_chosen(std::string_view key);
  /// Hashes a key at once with SHA-256: for generated keys (128 bits or more) and keys that stand in the environment.
  static AccessKey from_strong(std::string_view key);
  /// Reads a text form. Error invalid_params.
  static base::Result<AccessKey> parse(std::string_view text);

  /// True when `key` is the one that was hashed. Constant time in the key; as slow as the hash.
  bool verify(std::string_view key) const;
  /// True when verify() takes long enough to belong on another thread.
  bool slow() const noexcept { return log2_n_ != 0; }
  /// The text form, for the configuration.
  std::string text() const;

 private:
  AccessKey() = default;
  unsigned log2_n_ = 0;  ///< 0: SHA-256
  unsigned r_ = 0;
  unsigned p_ = 0;
  std::string salt_;
  std::string hash_;
};

}  // namespace duotty::http
