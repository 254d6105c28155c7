#include "text_codec.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <duotty/base/text.hpp>
#include <optional>

namespace duotty::files {
namespace {

using base::Errc;
using base::Error;

struct Row {
  std::string_view name;
  const char* system;  ///< as iconv(3) has it
};
constexpr std::array kRows = {Row{"utf-8", "UTF-8"},       Row{"latin-1", "ISO-8859-1"}, Row{"utf-16", "UTF-16LE"},
                              Row{"utf-16le", "UTF-16LE"}, Row{"utf-16be", "UTF-16BE"},  Row{"gb18030", "GB18030"}};

const char* system_name(std::string_view name) {
  const auto found = std::find_if(kRows.begin(), kRows.end(), [&](const Row& row) { return row.name == name; });
  return found == kRows.end() ? nullptr : found->system;
}

class Converter {
 public:
  Converter(const char* to, const char* from) : handle_(::iconv_open(to, from)) {}
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  ~Converter() {
    if (good()) ::iconv_close(handle_);
  }
  bool good() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  /// Appends what `in` is to `out`; the number of bytes taken, or nothing when they are malformed.
  std::optional<std::size_t> run(std::string_view in, std::string& out) {
    char* from = const_cast<char*>(in.data());  // iconv(3) does not write to it
    std::size_t left = in.size();
    std::array<char, 16384> buffer;
    while (left > 0) {
      char* to = buffer.data();
      std::size_t room = buffer.size();
      const std::size_t done = ::iconv(handle_, &from, &left, &to, &room);
      const int error = errno;
      out.append(buffer.data(), buffer.size() - room);
      if (done != static_cast<std::size_t>(-1) || error == E2BIG) continue;
      if (error == EINVAL) break;
      return std::nullopt;
    }
    return in.size() - left;
  }

 private:
  iconv_t handle_;
};

Error unknown(const std::string& encoding) {
  return {Errc::invalid_params, "This system cannot convert " + encoding + ". Ask for base64 instead.", "encoding"};
}

}  // namespace

bool is_encoding(std::string_view name) {
  return system_name(name) != nullptr;
}

std::string encoding_of(std::string_view bytes) {
  if (bytes.starts_with("\xff\xfe")) return "utf-16le";
  if (bytes.starts_with("\xfe\xff")) return "utf-16be";
  if (bytes.find('\0') != std::string_view::npos) return {};
  const auto whole = bytes.substr(0, bytes.size() - base::incomplete_utf8_tail(bytes));
  return base::is_utf8(whole) ? "utf-8" : "";
}

Result<Decoded> decode_text(std::string_view bytes, const std::string& encoding) {
  std::string real = encoding;
  std::size_t mark = 0;
  if (real.starts_with("utf-16") && bytes.size() >= 2) {
    const bool little = bytes.starts_with("\xff\xfe") && real != "utf-16be";
    const bool big = bytes.starts_with("\xfe\xff") && real != "utf-16le";
    if (little || big) mark = 2;
    if (big) real = "utf-16be";
  }
  if (real == "utf-8" && bytes.starts_with("\xef\xbb\xbf")) mark = 3;
  const char* from = system_name(real);
  if (!from) return unknown(encoding);
  Converter converter("UTF-8", from);
  if (!converter.good()) return unknown(encoding);
  Decoded out;
  const auto used = converter.run(bytes.substr(mark), out.text);
  // glibc lets surrogates pass in UTF-8; what is answered is strict.
  if (!used || !base::is_utf8(out.text)) {
    return Error(Errc::invalid_params, "The file is not in " + encoding + ". Ask for another encoding, or for base64.",
                 "encoding");
  }
  out.used = mark + *used;
  return out;
}

Result<std::string> encode_text(std::string_view text, const std::string& encoding) {
  const char* to = system_name(encoding);
  if (!to) return unknown(encoding);
  Converter converter(to, "UTF-8");
  if (!converter.good()) return unknown(encoding);
  std::string out;
  if (encoding == "utf-16") out = "\xff\xfe";
  const auto used = converter.run(text, out);
  if (used && *used == text.size()) return out;
  return Error(Errc::invalid_params, "The text has characters that " + encoding + " does not have. Write it as utf-8.",
               "text");
}

}  // namespace duotty::files
