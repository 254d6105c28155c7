#pragma once
// A model provider that says what a test told it to, over real TCP (and TLS), in both wire formats. It runs in threads
// of its own with blocking sockets, so it shares nothing with the code under test but the bytes.
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

typedef struct ssl_ctx_st SSL_CTX;

namespace duotty::tests {

enum class Wire { openai, anthropic };

/// A request as it came in; header names are lower case.
struct ReceivedRequest {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;
  std::string body;
};

/// How an answer's body is framed, and how it ends.
enum class Framing { chunked, length, until_close };
enum class Ending {
  complete,
  lost,   ///< the connection closes before the body is complete
  reset,  ///< as `lost`, by TCP reset
};

/// One answer. Each piece is one TCP write (and one HTTP chunk); before piece `gate_at` the server waits for release().
struct ScriptedAnswer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers{{"Content-Type", "text/event-stream; charset=utf-8"}};
  std::vector<std::string> pieces;
  Framing framing = Framing::chunked;
  Ending ending = Ending::complete;
  std::size_t gate_at = SIZE_MAX;
  int piece_delay_ms = 0;  ///< for demonstrations by hand and in a browser; unit tests use gates

  /// The header, replaced or added.
  ScriptedAnswer& with_header(std::string name, std::string value);
};

/// The event stream of a whole answer whose text arrives in these deltas, as the vendor sends it.
std::string stream_body(Wire wire, const std::vector<std::string>& deltas, std::string_view finish = {});
/// An answer with such a stream; one piece an event.
ScriptedAnswer stream_answer(Wire wire, const std::vector<std::string>& deltas, std::string_view finish = {});
/// A refusal in the vendor's JSON shape.
ScriptedAnswer error_answer(Wire wire, int status, std::string_view type, std::string_view message);
/// The list of models in the vendor's JSON shape.
ScriptedAnswer models_answer(Wire wire, const std::vector<std::string>& models);
/// `body` cut into pieces of `size` bytes: 1 cuts inside UTF-8, inside lines and between CR and LF.
std::vector<std::string> cut_every(std::string_view body, std::size_t size);
/// `text` cut after its blanks, as tokens come.
std::vector<std::string> cut_words(std::string_view text);

/// A self-signed certificate for one host name or address, made anew each time.
struct TestCertificate {
  explicit TestCertificate(const std::string& host);
  std::string certificate_pem;
  std::string key_pem;
};

class ScriptedProvider {
 public:
  using Script = std::function<ScriptedAnswer(const ReceivedRequest&)>;

  /// Listens on 127.0.0.1; `port` 0 takes a free one.
  explicit ScriptedProvider(std::uint16_t port = 0);
  /// The same with TLS.
  explicit ScriptedProvider(const TestCertificate& certificate);
  ScriptedProvider(const ScriptedProvider&) = delete;
  ScriptedProvider& operator=(const ScriptedProvider&) = delete;
  ~ScriptedProvider();

  std::uint16_t port() const noexcept { return port_; }
  /// `http://127.0.0.1:PORT`, or `https://localhost:PORT`.
  std::string url() const;

  /// Answers are given in order; when there is none left, the script decides, and without one the status is 500.
  void push(ScriptedAnswer answer);
  void set_script(Script script);

  /// Lets one waiting (or coming) gate pass.
  void release();
  /// All requests so far.
  std::vector<ReceivedRequest> requests() const;
  /// Blocks until `count` requests have come, or until a gate is reached.
  void wait_for_requests(std::size_t count) const;
  void wait_for_gate() const;
  /// Blocks until the client has closed `count` connections before their answer was complete.
  void wait_for_hangups(std::size_t count) const;
  std::size_t hangups() const;

 private:
  class Connection;
  void listen(std::uint16_t port);
  void accept_loop();
  void serve(int fd);
  bool play(Connection& connection, const ScriptedAnswer& answer, bool head);
  bool pass_gate(Connection& connection);

  std::shared_ptr<SSL_CTX> tls_;
  int listener_ = -1;
  int wake_ = -1;  ///< eventfd: readable when the provider stops
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::deque<ScriptedAnswer> answers_;
  Script script_;
  std::vector<ReceivedRequest> requests_;
  std::size_t hangups_ = 0;
  std::size_t at_gate_ = 0;
  std::size_t released_ = 0;
  int gate_ = -1;  ///< eventfd semaphore: one count a release
  std::vector<std::thread> threads_;
  std::thread acceptor_;
  bool stopping_ = false;
};

/// An HTTP proxy that leads every request, CONNECT or plain, to one port of this machine; one connection at a time.
class ScriptedProxy {
 public:
  explicit ScriptedProxy(std::uint16_t target_port);
  ScriptedProxy(const ScriptedProxy&) = delete;
  ScriptedProxy& operator=(const ScriptedProxy&) = delete;
  ~ScriptedProxy();
  std::uint16_t port() const noexcept { return port_; }
  /// The heads of the requests seen.
  std::vector<std::string> heads() const;
  /// From now on every request is refused with this status line's number.
  void refuse_with(int status);

 private:
  void loop();
  void tunnel(int client);
  int listener_ = -1;
  int wake_ = -1;
  std::uint16_t port_ = 0;
  std::uint16_t target_port_;
  mutable std::mutex mutex_;
  std::vector<std::string> heads_;
  int refuse_ = 0;
  std::thread thread_;
};

}  // namespace duotty::tests
