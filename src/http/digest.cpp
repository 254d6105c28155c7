#include <openssl/sha.h>

#include <duotty/base/text.hpp>
#include <duotty/http/digest.hpp>

namespace duotty::http {

std::string sha256(std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  ::SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
           reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::string sha256_hex(std::string_view bytes) {
  return base::hex_encode(sha256(bytes));
}

}  // namespace duotty::http
