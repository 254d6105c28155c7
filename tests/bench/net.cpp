#include "net.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace duotty::bench {

Fd& Fd::operator=(Fd&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

std::uint16_t free_port() {
  const Fd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(probe.get(), generic, size) != 0 || ::getsockname(probe.get(), generic, &size) != 0) fail("bind");
  return ntohs(address.sin_port);
}

Fd connect_to(std::uint16_t port) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("connect");
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("send");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

bool readable(int fd, milliseconds timeout) {
  pollfd entry{fd, POLLIN, 0};
  return ::poll(&entry, 1, static_cast<int>(timeout.count())) > 0;
}

std::string accept_key(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  unsigned char encoded[32];
  const int length = EVP_EncodeBlock(encoded, digest, sizeof digest);
  return {reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(length)};
}

HttpClient::HttpClient(std::uint16_t port, std::string token) : fd_(connect_to(port)) {
  headers_ = " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) + "\r\n";
  if (!token.empty()) headers_ += "Authorization: Bearer " + token + "\r\n";
}

HttpAnswer HttpClient::request(std::string_view method, std::string_view path, std::string_view json_body) {
  std::string text = std::string(method) + " " + std::string(path) + headers_;
  if (!json_body.empty() || method != "GET") {
    text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(json_body.size()) + "\r\n";
  }
  send_all(fd_.get(), text + "\r\n" + std::string(json_body));

  std::string head = read_until("\r\n\r\n");
  HttpAnswer answer;
  if (head.size() < 12) throw std::runtime_error("not an HTTP answer: " + head);
  answer.status = std::stoi(head.substr(9, 3));
  for (char& c : head) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (const auto at = head.find("content-length:"); at != std::string::npos) {
    answer.body = read_exactly(std::stoull(head.substr(at + 15)));
  } else if (head.find("transfer-encoding: chunked") != std::string::npos) {
    while (const std::size_t size = std::stoull(read_until("\r\n"), nullptr, 16)) {
      answer.body += read_exactly(size);
      read_exactly(2);
    }
    read_until("\r\n");
  }
  return answer;
}

void HttpClient::more() {
  char chunk[65536];
  const auto n = ::recv(fd_.get(), chunk, sizeof chunk, 0);
  if (n <= 0) throw std::runtime_error("the server closed the HTTP connection");
  buffer_.append(chunk, static_cast<std::size_t>(n));
}

std::string HttpClient::read_until(std::string_view end) {
  std::size_t at = 0;
  while ((at = buffer_.find(end)) == std::string::npos) more();
  std::string found = buffer_.substr(0, at);
  buffer_.erase(0, at + end.size());
  return found;
}

std::string HttpClient::read_exactly(std::size_t size) {
  while (buffer_.size() < size) more();
  std::string found = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return found;
}

WebSocket::WebSocket(std::uint16_t port, std::string_view target, std::string_view extra_headers)
    : fd_(connect_to(port)), buffer_(std::size_t{1} << 20, '\0') {
  const std::string key = "MDEyMzQ1Njc4OWFiY2RlZg==";
  send_all(fd_.get(), "GET " + std::string(target) + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                          "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
                          "Sec-WebSocket-Key: " + key + "\r\n" + std::string(extra_headers) + "\r\n");
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos) {
    char c = 0;
    if (::recv(fd_.get(), &c, 1, 0) != 1) throw std::runtime_error("the server closed during the WebSocket handshake");
    head += c;
  }
  if (head.find(" 101 ") == std::string::npos || head.find(accept_key(key)) == std::string::npos) {
    throw std::runtime_error("the server refused the WebSocket: " + head.substr(0, head.find('\r')));
  }
}

void WebSocket::send(bool binary, std::string_view payload) {
  frame(binary ? 2 : 1, payload);
}

void WebSocket::frame(int opcode, std::string_view payload) {
  std::string text(1, static_cast<char>(0x80 | opcode));
  const auto size = payload.size();
  if (size < 126) {
    text += static_cast<char>(0x80 | size);
  } else {
    const int bytes = size < 65536 ? 2 : 8;
    text += static_cast<char>(0x80 | (bytes == 2 ? 126 : 127));
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) text += static_cast<char>(size >> shift);
  }
  text.append(4, '\0');  // a mask of zeros is a mask
  text += payload;
  send_all(fd_.get(), text);
}

bool WebSocket::read(milliseconds timeout, const OnMessage& on_message) {
  if (timeout.count() > 0 && !readable(fd_.get(), timeout)) return false;
  if (buffer_.size() - used_ < 65536) buffer_.resize(buffer_.size() * 2);
  const auto n = ::recv(fd_.get(), buffer_.data() + used_, buffer_.size() - used_, MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (n <= 0) throw std::runtime_error("the server closed the WebSocket");
  used_ += static_cast<std::size_t>(n);
  std::size_t at = 0;
  while (const std::size_t size = take_frame(at, on_message)) at += size;
  if (at > 0 && at < used_) std::memmove(buffer_.data(), buffer_.data() + at, used_ - at);
  used_ -= at;
  return true;
}

std::size_t WebSocket::take_frame(std::size_t at, const OnMessage& on_message) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(buffer_.data()) + at;
  const std::size_t have = used_ - at;
  if (have < 2) return 0;
  std::size_t size = bytes[1] & 0x7F;
  std::size_t head = 2;
  if (size >= 126) {
    head = size == 126 ? 4 : 10;
    if (have < head) return 0;
    size = 0;
    for (std::size_t i = 2; i < head; ++i) size = size << 8 | bytes[i];
  }
  if (have < head + size) return 0;
  const std::string_view payload(buffer_.data() + at + head, size);
  const int opcode = bytes[0] & 0x0F;
  const bool last = (bytes[0] & 0x80) != 0;
  if (opcode == 8)
    throw std::runtime_error("the server closed the WebSocket: " +
                             std::string(payload.substr(std::min<std::size_t>(2, size))));
  if (opcode == 9) frame(10, payload);
  if (opcode > 2) return head + size;
  if (opcode != 0) binary_ = opcode == 2;
  if (opcode != 0 && last) {
    on_message(binary_, payload);
    return head + size;
  }
  message_ += payload;
  if (last) on_message(binary_, std::exchange(message_, {}));
  return head + size;
}

}  // namespace duotty::bench
