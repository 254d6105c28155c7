#pragma once
// The configuration file: one JSON object, made by hand or by the settings page, 0600, replaced atomically. What it
// does not know it keeps. A file that could not be read is never written over.
#include <cstdint>
#include <duotty/base/error.hpp>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace duotty::api {

/// Loop thread only.
class Settings {
 public:
  using Json = nlohmann::json;

  /// Reads `path`; a missing file is an empty object. Errors: io, invalid_json: the server runs on with defaults and
  /// refuses to save.
  explicit Settings(std::string path);
  ~Settings();

  /// Why the file could not be read, or empty.
  const std::string& trouble() const noexcept { return trouble_; }
  /// A text member, or empty.
  std::string text(const char* key) const;
  bool flag(const char* key, bool fallback) const;
  /// A whole number from 0 to `most`, or `fallback` when it is anything else.
  std::int64_t number(const char* key, std::int64_t fallback, std::int64_t most) const;
  const Json& json() const noexcept { return *json_; }
  /// The whole file with secrets masked as WinkTerm masks them.
  Json masked() const;
  /// Sets the given members and saves. A secret that is empty or masked ("abcd****") stays as it was. Errors: io,
  /// conflict when the file could not be read.
  base::Result<> merge(const Json& changes);
  /// Every secret value in it, for redaction.
  std::vector<std::string> secrets() const;

 private:
  base::Result<> save(const Json& json) const;
  std::string path_;
  std::string trouble_;
  std::unique_ptr<Json> json_;
};

}  // namespace duotty::api
