#include "socks.hpp"

#include <arpa/inet.h>

#include <array>
#include <duotty/ssh/names.hpp>

namespace duotty::link {
namespace {

constexpr char kFour = 4;
constexpr char kFive = 5;
constexpr char kConnect = 1;
constexpr std::size_t kFiveHead = 4;    ///< version, command, nothing, kind of address
constexpr std::size_t kFourHead = 8;    ///< version, command, port, address
constexpr std::size_t kFourMost = 512;  ///< user and name

enum : char { kAddress4 = 1, kName = 3, kAddress6 = 4 };
/// Answers of version 5.
enum : char { kFailed = 1, kForbidden = 2, kNotReached = 5, kNoSuchCommand = 7, kNoSuchAddress = 8 };

std::uint16_t port_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[at]) << 8 |
                                    static_cast<unsigned char>(bytes[at + 1]));
}

std::string text_of(int family, const char* bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return ::inet_ntop(family, bytes, text.data(), text.size()) != nullptr ? text.data() : std::string();
}

std::string words_of_five(char code) {
  return {kFive, code, 0, kAddress4, 0, 0, 0, 0, 0, 0};
}

std::string words_of_four(bool granted) {
  return {0, static_cast<char>(granted ? 0x5A : 0x5B), 0, 0, 0, 0, 0, 0};
}

}  // namespace

std::string SocksGreeting::take(std::string_view bytes) {
  held_.append(bytes);
  if (held_.empty() || state_ != State::open) return {};
  if (step_ == Step::version) {
    if (held_[0] != kFour && held_[0] != kFive) return refuse({});
    step_ = held_[0] == kFive ? Step::methods : Step::old_request;
  }
  std::string back;
  if (step_ == Step::methods) back = methods();
  if (step_ == Step::request) back += five();
  if (step_ == Step::old_request) back = four();
  if (state_ == State::open && held_.size() > kMostGreeting) return refuse({});
  return back;
}

std::string SocksGreeting::refuse(std::string words) {
  state_ = State::refused;
  held_.clear();
  return words;
}

std::string SocksGreeting::methods() {
  if (held_.size() < 2) return {};
  const std::size_t count = static_cast<unsigned char>(held_[1]);
  if (held_.size() < 2 + count) return {};
  const bool none = held_.substr(2, count).find('\0') != std::string::npos;
  if (!none) return refuse({kFive, static_cast<char>(0xFF)});
  held_.erase(0, 2 + count);
  step_ = Step::request;
  return {kFive, 0};
}

std::string SocksGreeting::five() {
  if (held_.size() < kFiveHead + 1) return {};
  if (held_[0] != kFive) return refuse({});
  std::size_t size = 0;
  std::size_t begin = kFiveHead;
  switch (held_[3]) {
    case kAddress4:
      size = 4;
      break;
    case kAddress6:
      size = 16;
      break;
    case kName:
      size = static_cast<unsigned char>(held_[kFiveHead]);
      ++begin;
      break;
    default:
      return refuse(words_of_five(kNoSuchAddress));
  }
  if (held_.size() < begin + size + 2) return {};
  if (held_[1] != kConnect) return refuse(words_of_five(kNoSuchCommand));
  if (held_[3] == kName) {
    host_ = held_.substr(begin, size);
  } else {
    host_ = text_of(held_[3] == kAddress4 ? AF_INET : AF_INET6, held_.data() + begin);
  }
  port_ = port_at(held_, begin + size);
  held_.erase(0, begin + size + 2);
  if (!ssh::check_host(host_) || port_ == 0) return refuse(words_of_five(kFailed));
  state_ = State::ready;
  return {};
}

std::string SocksGreeting::four() {
  if (held_.size() < kFourHead + 1) return {};
  const std::string_view all(held_);
  const auto user_end = all.find('\0', kFourHead);
  // A name stands behind the user when the address is 0.0.0.x.
  const bool named = all.substr(4, 3) == std::string_view("\0\0\0", 3) && all[7] != 0;
  const auto end = user_end != std::string::npos && named ? all.find('\0', user_end + 1) : user_end;
  if (end == std::string::npos) {
    if (held_.size() > kFourHead + kFourMost) return refuse(words_of_four(false));
    return {};
  }
  if (held_[1] != kConnect) return refuse(words_of_four(false));
  host_ = named ? held_.substr(user_end + 1, end - user_end - 1) : text_of(AF_INET, held_.data() + 4);
  port_ = port_at(held_, 2);
  held_.erase(0, end + 1);
  if (!ssh::check_host(host_) || port_ == 0) return refuse(words_of_four(false));
  state_ = State::ready;
  return {};
}

std::string SocksGreeting::answer(Outcome outcome) const {
  if (step_ == Step::old_request) return words_of_four(outcome == Outcome::connected);
  switch (outcome) {
    case Outcome::connected:
      return words_of_five(0);
    case Outcome::forbidden:
      return words_of_five(kForbidden);
    case Outcome::failed:
      break;
  }
  return words_of_five(kNotReached);
}

}  // namespace duotty::link
