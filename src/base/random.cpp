#include <sys/random.h>

#include <cerrno>
#include <duotty/base/random.hpp>
#include <duotty/base/text.hpp>
#include <system_error>

namespace duotty::base {

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  std::size_t have = 0;
  while (have < count) {
    const auto got = ::getrandom(out.data() + have, count - have, 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      throw std::system_error(errno, std::generic_category(), "getrandom");
    }
    have += static_cast<std::size_t>(got);
  }
  return out;
}

std::string make_id() {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz";
  constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
  const std::string bytes = random_bytes(24);
  std::string id;
  // Two bytes a character: the modulo bias is below one in a thousand.
  for (std::size_t i = 0; i < 12; ++i) {
    const auto value = static_cast<unsigned>(static_cast<unsigned char>(bytes[2 * i]) << 8 |
                                             static_cast<unsigned char>(bytes[2 * i + 1]));
    id.push_back(i == 0 ? letters[value % letters.size()] : alphabet[value % alphabet.size()]);
  }
  return id;
}

std::string make_token(std::size_t bytes) {
  std::string text = base64_encode(random_bytes(bytes));
  for (char& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  while (!text.empty() && text.back() == '=') text.pop_back();
  return text;
}

}  // namespace duotty::base
