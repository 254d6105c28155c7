#pragma once
// Bytes to a Request, one request at a time, without I/O (the grammar is Beast's; this header hides it).
#include <duotty/http/message.hpp>
#include <duotty/http/server.hpp>
#include <memory>
#include <optional>
#include <string_view>

#include "target.hpp"

namespace duotty::http {

/// Parses one request. Feed it until head_done(), decide, then read_body() and feed it until done().
class RequestParser {
 public:
  explicit RequestParser(const Limits& limits);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  /// Takes bytes from the front of `input` and returns how many; the rest must come again with more behind it. Stops at
  /// the end of the head, at the end of the request, and at the first error.
  std::size_t feed(std::string_view input);
  /// True once a byte of the request was seen.
  bool started() const noexcept;
  bool head_done() const noexcept;
  bool done() const noexcept;
  /// Set when the request cannot be served; nothing more may be fed then.
  const std::optional<Refusal>& refusal() const noexcept;

  // After head_done():
  Request& request() noexcept;
  const BodyFrame& frame() const noexcept;
  bool keep_alive() const noexcept;
  /// Lets feed() go on into the body, of at most `limit` bytes. Refuses with 413 at once when more is announced.
  void read_body(std::size_t limit);
  /// What has arrived of the body since the last time.
  std::string take_body();

 private:
  class Grammar;
  std::unique_ptr<Grammar> grammar_;
};

}  // namespace duotty::http
