#include "transport.hpp"

#include <fcntl.h>
#include <libssh/server.h>
#if defined(__aarch64__)
#include <sys/auxv.h>
#endif
#include <sys/ioctl.h>
#include <unistd.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <duotty/base/plain_text.hpp>
#include <duotty/base/text.hpp>
#include <duotty/core/cancelled.hpp>

namespace duotty::link {
namespace {

namespace asio = core::asio;
using asio::experimental::awaitable_operators::operator||;
using asio::posix::descriptor_base;

/// Reads in one turn, so that a host that floods does not keep everything else waiting.
constexpr int kReadsATurn = 64;
/// A host that is silent for so many keepalives is gone.
constexpr int kMissed = 3;
constexpr std::size_t kLongestLine = 300;
constexpr std::size_t kLongestReason = 1000;

/// The host's key algorithms in the order in which we want them: those whose keys are known first.
std::string host_key_order(const std::vector<std::string>& known) {
  std::vector<std::string> order;
  const auto add = [&](const std::string& name) {
    if (std::find(order.begin(), order.end(), name) == order.end()) order.push_back(name);
  };
  const std::vector<std::string> all = {"ssh-ed25519",         "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
                                        "ecdsa-sha2-nistp521", "rsa-sha2-512",        "rsa-sha2-256"};
  for (const std::string& type : known) {
    if (type == "ssh-rsa") add("rsa-sha2-512"), add("rsa-sha2-256");
    if (std::find(all.begin(), all.end(), type) != all.end()) add(type);
  }
  for (const std::string& name : all) add(name);
  return base::join(order, ",");
}

bool has_aes_instructions() {
#if defined(__x86_64__) || defined(__i386__)
  return __builtin_cpu_supports("aes") != 0;
#elif defined(__aarch64__)
  return (::getauxval(AT_HWCAP) & HWCAP_AES) != 0;
#else
  return false;
#endif
}

/// The ciphers that libssh takes by itself, the faster of the two families first: AES where the processor has it built
/// in (there it is twice as fast as ChaCha20), else ChaCha20.
std::string cipher_order() {
  const std::string aes = "aes256-gcm@openssh.com,aes128-gcm@openssh.com";
  const std::string chacha = "chacha20-poly1305@openssh.com";
  const std::string rest = ",aes256-ctr,aes192-ctr,aes128-ctr";
  return (has_aes_instructions() ? aes + "," + chacha : chacha + "," + aes) + rest;
}

/// What libssh says of a handshake that has failed. Of algorithms without a match it has both lists: what counts is
/// what the host offers, and what in its configuration would change that.
std::string handshake_trouble(const std::string& said) {
  struct Kind {
    const char* name;
    const char* words;
    const char* setting;
  };
  constexpr Kind kKinds[] = {{"kex algos", "for agreeing on keys", "KexAlgorithms"},
                             {"server host key algo", "of host keys", "HostKeyAlgorithms, HostKey"},
                             {"encryption", "for encryption", "Ciphers"},
                             {"mac algo", "against changes", "MACs"}};
  const auto begin = said.find(": server [");
  const auto end = said.find(']', begin);
  for (const Kind& kind : kKinds) {
    if (begin == std::string::npos || end == std::string::npos) break;
    if (said.find("for method " + std::string(kind.name)) == std::string::npos) continue;
    std::string offered =
        base::replace_all(said.substr(begin + 10, end - begin - 10), ",kex-strict-s-v00@openssh.com", "");
    return std::string("of the ways ") + kind.words + " it offers only " + base::replace_all(offered, ",", ", ") +
           ", none of which is used here (in its sshd_config: " + kind.setting + ")";
  }
  return said.empty() ? "it hung up" : said;
}

}  // namespace

std::string one_line(std::string_view text) {
  return base::clean_line(text, kLongestLine);
}

Transport::Transport(asio::any_io_executor executor)
    : executor_(executor),
      session_(ssh_new()),
      watch_(executor),
      turn_(executor),
      sessions_(executor),
      kick_(executor),
      asked_(executor),
      scope_(executor) {}

Transport::~Transport() {
  if (event_ != nullptr) {
    if (session_ != nullptr) ssh_event_remove_session(event_, session_);
    ssh_event_free(event_);
  }
  if (session_ != nullptr) ssh_free(session_);
}

bool Transport::alive() const noexcept {
  return session_ != nullptr && lost_.empty() && ssh_is_connected(session_) != 0;
}

std::string Transport::trouble() const {
  if (!lost_.empty()) return lost_;
  const std::string said = one_line(ssh_get_error(session_));
  return said.empty() ? "the host hung up" : said;
}

bool Transport::set_options(const Connect& plan, int fd) {
  const int port = plan.port;
  const int no = 0;
  bool off = false;
  const std::string order = host_key_order(plan.host_keys);
  const std::string ciphers = cipher_order();
  const auto set = [&](ssh_options_e option, const void* value) {
    return ssh_options_set(session_, option, value) == SSH_OK;
  };
  // Nothing of the user's files: configuration, host keys and keys are ours to read.
  return set(SSH_OPTIONS_PROCESS_CONFIG, &off) && set(SSH_OPTIONS_HOST, plan.host.c_str()) &&
         set(SSH_OPTIONS_PORT, &port) && set(SSH_OPTIONS_USER, plan.user.c_str()) &&
         set(SSH_OPTIONS_SSH_DIR, "/nonexistent") && set(SSH_OPTIONS_KNOWNHOSTS, "/dev/null") &&
         set(SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null") && set(SSH_OPTIONS_GSSAPI_AUTH, &no) &&
         set(SSH_OPTIONS_HOSTKEYS, order.c_str()) && set(SSH_OPTIONS_CIPHERS_C_S, ciphers.c_str()) &&
         set(SSH_OPTIONS_CIPHERS_S_C, ciphers.c_str()) && set(SSH_OPTIONS_FD, &fd);
}

Task<std::optional<Failed>> Transport::handshake(base::UniqueFd stream, const Connect& plan) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(plan.step_ms);
  Failed failed{Step::handshake, Reason::internal, "Out of memory."};
  if (session_ == nullptr) co_return failed;
  ssh_set_blocking(session_, 0);
  ssh_set_counters(session_, nullptr, &raw_);
  base::UniqueFd copy(::fcntl(stream.get(), F_DUPFD_CLOEXEC, 0));
  if (!copy || !set_options(plan, stream.get())) {
    failed.message = "The connection could not be set up: " + trouble() + ".";
    co_return failed;
  }
  static_cast<void>(stream.release());  // the session's now
  watch_.assign(copy.release());
  // The session counts as not connected until the host has greeted: finish() would give up.
  int code = SSH_AGAIN;
  while ((code = ssh_connect(session_)) == SSH_AGAIN && std::chrono::steady_clock::now() < deadline)
    co_await next_turn(deadline);
  if (code == SSH_OK) co_return std::nullopt;
  const std::string said = base::clean_line(ssh_get_error(session_), kLongestReason);
  if (code == SSH_AGAIN) {
    failed = {Step::handshake, Reason::timeout,
              plan.host + " took the connection but did not finish the SSH handshake in time."};
  } else {
    failed = {Step::handshake, Reason::protocol,
              "No SSH handshake with " + plan.host + ": " + handshake_trouble(said) + "."};
  }
  co_return failed;
}

std::optional<HostKey> Transport::host_key() const {
  ssh_key key = nullptr;
  if (ssh_get_server_publickey(session_, &key) != SSH_OK) return std::nullopt;
  char* text = nullptr;
  const int code = ssh_pki_export_pubkey_base64(key, &text);
  ssh_key_free(key);
  if (code != SSH_OK) return std::nullopt;
  const auto blob = base::base64_decode(text);
  ssh_string_free_char(text);
  if (!blob || blob->size() < 4) return std::nullopt;
  // The blob begins with its type.
  std::size_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>((*blob)[i]);
  if (size > blob->size() - 4) return std::nullopt;
  return HostKey{blob->substr(4, size), *blob};
}

void Transport::start(std::uint32_t keepalive_s, OnOpen on_open) {
  pumping_ = true;
  on_open_ = std::move(on_open);
  // Without it, what hosts ask is kept and never answered. 1: libssh says no.
  const auto asked = [](ssh_session, ssh_message message, void* self) {
    const auto& take = static_cast<Transport*>(self)->on_open_;
    return ssh_message_type(message) == SSH_REQUEST_CHANNEL_OPEN && take && take(message) ? 0 : 1;
  };
  ssh_set_message_callback(session_, asked, this);
  heard_ = std::chrono::steady_clock::now();
  event_ = ssh_event_new();
  if (event_ == nullptr || ssh_event_add_session(event_, session_) != SSH_OK) return lose("out of memory");
  scope_.spawn("reading", read_loop());
  scope_.spawn("writing", write_loop());
  if (keepalive_s > 0) scope_.spawn("keepalive", keep_alive(std::chrono::seconds(keepalive_s)));
}

Task<> Transport::stop() {
  if (alive()) ssh_disconnect(session_);
  if (lost_.empty()) lost_ = "the connection was closed";
  co_await scope_.stop();
}

void Transport::lose(std::string why) {
  if (lost_.empty()) lost_ = std::move(why);
  turn_.notify();
}

Task<> Transport::next_turn(time_point deadline) {
  if (pumping_) {
    co_await turn_.wait_until(deadline);
    co_return;
  }
  asio::steady_timer timer(executor_, deadline);
  if ((ssh_get_poll_flags(session_) & SSH_WRITE_PENDING) != 0) {
    co_await (watch_.async_wait(descriptor_base::wait_read, core::as_result) ||
              watch_.async_wait(descriptor_base::wait_write, core::as_result) || timer.async_wait(core::as_result));
  } else {
    co_await (watch_.async_wait(descriptor_base::wait_read, core::as_result) || timer.async_wait(core::as_result));
  }
}

void Transport::work() {
  for (int i = 0; i < kReadsATurn && alive(); ++i) {
    int waiting = 0;
    ::ioctl(watch_.native_handle(), FIONREAD, &waiting);
    if (ssh_event_dopoll(event_, 0) == SSH_ERROR) lose(one_line(ssh_get_error(session_)));
    if (waiting <= 0) break;
    heard_ = std::chrono::steady_clock::now();
  }
  if (!alive()) lose(trouble());
  turn_.notify();
  if (alive() && (ssh_get_poll_flags(session_) & SSH_WRITE_PENDING) != 0) kick_.notify();
}

Task<> Transport::read_loop() {
  while (alive()) {
    auto [error] = co_await watch_.async_wait(descriptor_base::wait_read, core::as_result);
    if (error) co_return;
    work();
  }
}

Task<> Transport::write_loop() {
  while (alive()) {
    if ((ssh_get_poll_flags(session_) & SSH_WRITE_PENDING) == 0) {
      co_await kick_.wait();
      continue;
    }
    auto [error] = co_await watch_.async_wait(descriptor_base::wait_write, core::as_result);
    if (error) co_return;
    work();
  }
}

Task<> Transport::keep_alive(std::chrono::seconds quiet) {
  const auto ask = [this] { return ssh_send_keepalive(session_); };
  while (alive()) {
    co_await core::sleep_until(std::max(heard_ + quiet, std::chrono::steady_clock::now() + std::chrono::seconds(1)));
    const auto silent = std::chrono::steady_clock::now() - heard_;
    if (silent < quiet || !alive()) continue;
    if (silent > quiet * (kMissed + 1)) co_return lose("the host stopped answering");
    if (!asking_) {
      // The first call then only takes the answer to the one before.
      if (unanswered_) touch(ask);
      touch(ask);
      unanswered_ = true;
    }
    co_await core::sleep_for(quiet);
  }
}

}  // namespace duotty::link
