#include <openssl/evp.h>

#include <duotty/base/random.hpp>
#include <duotty/base/text.hpp>
#include <duotty/http/access_key.hpp>
#include <duotty/http/digest.hpp>

namespace duotty::http {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::uint64_t max_memory = 64U * 1024 * 1024;

std::string scrypt(std::string_view key, const std::string& salt, unsigned log2_n, unsigned r, unsigned p) {
  std::string hash(32, '\0');
  const int done = ::EVP_PBE_scrypt(key.data(), key.size(), reinterpret_cast<const unsigned char*>(salt.data()),
                                    salt.size(), std::uint64_t{1} << log2_n, r, p, max_memory,
                                    reinterpret_cast<unsigned char*>(hash.data()), hash.size());
  return done == 1 ? hash : std::string();
}

Error malformed() {
  return {Errc::invalid_params,
          "The stored access key is malformed. Set a new \"web_access_key\" in the configuration file.", "access_key"};
}

}  // namespace

Result<AccessKey> AccessKey::from_chosen(std::string_view key) {
  if (!base::is_utf8(key) || base::count_scalars(key) < min_length) {
    return Error{Errc::invalid_params,
                 "The access key must have at least " + std::to_string(min_length) + " characters.", "key"};
  }
  AccessKey made;
  made.log2_n_ = 15;
  made.r_ = 8;
  made.p_ = 1;
  made.salt_ = base::random_bytes(16);
  made.hash_ = scrypt(key, made.salt_, made.log2_n_, made.r_, made.p_);
  if (made.hash_.empty()) return Error{Errc::internal, "The access key could not be hashed: out of memory."};
  return made;
}

AccessKey AccessKey::from_strong(std::string_view key) {
  AccessKey made;
  made.hash_ = sha256(key);
  return made;
}

Result<AccessKey> AccessKey::parse(std::string_view text) {
  const auto parts = base::split(text, '$');
  AccessKey read;
  if (parts.size() == 2 && parts[0] == "sha256") {
    auto hash = base::base64_decode(parts[1]);
    if (!hash || hash->size() != 32) return malformed();
    read.hash_ = *hash;
    return read;
  }
  if (parts.size() != 6 || parts[0] != "scrypt") return malformed();
  const auto n = base::parse_u64(parts[1]), r = base::parse_u64(parts[2]), p = base::parse_u64(parts[3]);
  auto salt = base::base64_decode(parts[4]);
  auto hash = base::base64_decode(parts[5]);
  // Bounds keep a damaged file from costing gigabytes.
  if (!n || !r || !p || *n < 10 || *n > 15 || *r < 1 || *r > 8 || *p < 1 || *p > 4) return malformed();
  if (!salt || salt->size() < 8 || !hash || hash->size() != 32) return malformed();
  read.log2_n_ = static_cast<unsigned>(*n);
  read.r_ = static_cast<unsigned>(*r);
  read.p_ = static_cast<unsigned>(*p);
  read.salt_ = *salt;
  read.hash_ = *hash;
  return read;
}

bool AccessKey::verify(std::string_view key) const {
  const std::string hash = slow() ? scrypt(key, salt_, log2_n_, r_, p_) : sha256(key);
  return !hash.empty() && base::constant_time_equal(hash, hash_);
}

std::string AccessKey::text() const {
  if (!slow()) return "sha256$" + base::base64_encode(hash_);
  return "scrypt$" + std::to_string(log2_n_) + "$" + std::to_string(r_) + "$" + std::to_string(p_) + "$" +
         base::base64_encode(salt_) + "$" + base::base64_encode(hash_);
}

}  // namespace duotty::http
