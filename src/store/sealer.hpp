#pragma once
// Texts sealed with AES-256-GCM (NIST SP 800-38D) under a key in a file of its own.
#include <duotty/base/error.hpp>
#include <duotty/base/secret.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace duotty::store {

class Sealer {
 public:
  explicit Sealer(std::string key_path) : path_(std::move(key_path)) {}

  /// `place` says where it will stand: it can be opened nowhere else. Makes the key when there is none. Errors: io;
  /// denied when the key's file is not only ours.
  base::Result<std::string> seal(std::string_view text, std::string_view place);
  /// Errors: as seal(), and io when the key is missing or another one, or the text or its place was changed.
  base::Result<base::Secret> open(std::string_view sealed, std::string_view place);

 private:
  base::Result<> load(bool make);

  std::string path_;
  std::optional<base::Secret> key_;
};

}  // namespace duotty::store
