#pragma once
// What the stores share between the loop and the thread that has their file.
#include <chrono>
#include <duotty/base/error.hpp>
#include <duotty/core/log.hpp>
#include <optional>
#include <string>
#include <utility>

namespace duotty::store {

/// Milliseconds since 1970.
inline std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// Tables as the other thread sees them: opened there, used only there.
template <class Tables>
struct Desk {
  template <class... A>
  explicit Desk(A&&... arguments) : tables(std::forward<A>(arguments)...) {}
  Tables tables;
  bool opened = false;
  std::string trouble;  ///< why there is no database

  /// Success when the file is open. A disk that was full or away is asked again, a newer version's file is not.
  base::Result<> ready() {
    if (!opened) {
      const auto done = tables.open();
      opened = done || done.error().code() == base::Errc::unsupported;
      trouble = done ? std::string() : done.error().message();
    }
    if (!trouble.empty()) return base::Error(base::Errc::io, trouble);
    return {};
  }
};

/// What one turn of a writer did.
struct Outcome {
  std::optional<base::Error> failed;
  std::string notice;  ///< what a person should know of the file
};

/// Tells each trouble of a writer once.
class Complaints {
 public:
  explicit Complaints(const char* what) : what_(what) {}

  void hear(const Outcome& outcome) {
    if (!outcome.notice.empty() && outcome.notice != told_) core::log_error("{}", outcome.notice);
    told_ = outcome.notice;
    const std::string trouble = outcome.failed ? outcome.failed->message() : std::string();
    if (!trouble.empty() && trouble != complained_) core::log_error("{}: {}", what_, trouble);
    complained_ = trouble;
  }

 private:
  const char* what_;  ///< "commands are not stored"
  std::string told_;
  std::string complained_;
};

}  // namespace duotty::store
