// Certificates: reading their facts, and making one for a server that has none.
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <duotty/base/text.hpp>
#include <duotty/core/replace_file.hpp>
#include <duotty/net/tls.hpp>

namespace duotty::net {
namespace {

using base::Errc;
using base::Error;
using base::Result;

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using Certificate = std::unique_ptr<X509, Freed<&X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<&EVP_PKEY_free>>;
using Bio = std::unique_ptr<BIO, Freed<&BIO_free_all>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<&X509_EXTENSION_free>>;

constexpr long kDaySeconds = 24L * 60 * 60;
constexpr long kValidDays = 825;

Error failed(const std::string& step) {
  ERR_clear_error();
  return {Errc::io, "A certificate could not be made: " + step + " failed."};
}

bool is_address(const std::string& name) {
  in6_addr buffer{};
  return ::inet_pton(AF_INET, name.c_str(), &buffer) == 1 || ::inet_pton(AF_INET6, name.c_str(), &buffer) == 1;
}

/// A name as it may stand in a certificate's list: no separators of that list, nothing invisible.
bool is_listable(const std::string& name) {
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:") ==
             std::string::npos;
}

bool add_extension(X509* certificate, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool describe(X509* certificate, EVP_PKEY* key, const std::vector<std::string>& names) {
  std::array<unsigned char, 16> serial{};
  if (RAND_bytes(serial.data(), static_cast<int>(serial.size())) != 1) return false;
  serial[0] &= 0x7f;  // positive (RFC 5280 4.1.2.2)
  const std::unique_ptr<BIGNUM, Freed<&BN_free>> number(
      BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr));
  std::string alternatives;
  for (const auto& name : names) {
    if (!is_listable(name)) continue;
    alternatives += (alternatives.empty() ? "" : ",") + std::string(is_address(name) ? "IP:" : "DNS:") + name;
  }
  X509_NAME* const subject = X509_get_subject_name(certificate);
  const auto* common = reinterpret_cast<const unsigned char*>("duotty");
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr &&
         X509_set_version(certificate, 2) == 1 &&  // v3
         X509_gmtime_adj(X509_getm_notBefore(certificate), -kDaySeconds) != nullptr &&
         X509_gmtime_adj(X509_getm_notAfter(certificate), (kValidDays - 1) * kDaySeconds) != nullptr &&
         X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, common, -1, -1, 0) == 1 &&
         X509_set_issuer_name(certificate, subject) == 1 && X509_set_pubkey(certificate, key) == 1 &&
         add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
         add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
         add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
         (alternatives.empty() || add_extension(certificate, NID_subject_alt_name, alternatives)) &&
         X509_sign(certificate, key, EVP_sha256()) > 0;
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

}  // namespace

Result<CertificateFacts> read_certificate(const std::string& chain_file) {
  const Error unreadable(Errc::invalid_params, chain_file + " holds no certificate that can be read.", "tls_cert");
  const Bio bio(BIO_new_file(chain_file.c_str(), "r"));
  const Certificate certificate(bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  std::tm expires{};
  const bool read = certificate && X509_digest(certificate.get(), EVP_sha256(), digest.data(), &size) == 1 &&
                    ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &expires) == 1;
  ERR_clear_error();
  if (!read) return unreadable;
  CertificateFacts facts;
  for (unsigned i = 0; i < size; ++i) {
    const char byte = static_cast<char>(digest[i]);
    facts.fingerprint += (i == 0 ? "" : ":") + base::hex_encode(std::string_view(&byte, 1));
  }
  for (char& c : facts.fingerprint) {
    if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
  }
  facts.expires = std::chrono::system_clock::from_time_t(::timegm(&expires));
  return facts;
}

Result<> make_self_signed(const std::string& chain_file, const std::string& key_file,
                          const std::vector<std::string>& names) {
  const Key key(EVP_EC_gen("P-256"));
  if (!key) return failed("the key");
  const Certificate certificate(X509_new());
  if (!certificate || !describe(certificate.get(), key.get(), names)) return failed("the signature");
  const Bio chain(BIO_new(BIO_s_mem()));
  const Bio secret(BIO_new(BIO_s_secmem()));
  if (!chain || !secret || PEM_write_bio_X509(chain.get(), certificate.get()) != 1 ||
      PEM_write_bio_PKCS8PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return failed("writing it");
  }
  if (auto written = core::replace_file(key_file, text_of(secret.get()), {}); !written) return written.error();
  return core::replace_file(chain_file, text_of(chain.get()), {.mode = 0644});
}

}  // namespace duotty::net
