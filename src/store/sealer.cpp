#include "sealer.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <duotty/base/random.hpp>
#include <duotty/base/unique_fd.hpp>
#include <duotty/core/replace_file.hpp>
#include <memory>

namespace duotty::store {
namespace {

using base::Errc;
using base::Error;

constexpr char kVersion = 1;
constexpr std::size_t kKey = 32;
constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

int size(std::string_view text) {
  return static_cast<int>(text.size());
}

/// The key in the file; nothing when there is no file.
base::Result<std::optional<base::Secret>> read_key(const std::string& path) {
  const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd && errno == ENOENT) return std::optional<base::Secret>();
  if (!fd) return Error(Errc::io, "The key " + path + " cannot be read: " + std::strerror(errno) + ".");
  struct stat facts {};
  if (::fstat(fd.get(), &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_uid != ::geteuid()) {
    return Error(Errc::denied, "The key " + path + " is not a file of yours. Nothing is read or written with it.");
  }
  if ((facts.st_mode & 077) != 0) {
    return Error(Errc::denied, "The key " + path + " is open to other users. Run: chmod 600 " + path);
  }
  std::string key(kKey + 1, '\0');
  const ssize_t count = ::read(fd.get(), key.data(), key.size());
  if (count != static_cast<ssize_t>(kKey)) {
    OPENSSL_cleanse(key.data(), key.size());
    return Error(Errc::io, "The key " + path + " is damaged. Restore it; without it the stored secrets are lost.");
  }
  key.resize(kKey);
  return std::optional(base::Secret(std::move(key)));
}

Error broken() {
  return {Errc::internal, "The secret could not be encrypted."};
}

}  // namespace

base::Result<> Sealer::load(bool make) {
  if (key_) return {};
  auto found = read_key(path_);
  if (!found) return found.error();
  if (!*found && !make) {
    return Error(Errc::io, "The key " + path_ +
                               " is missing: the stored secrets cannot be read. Restore it, or enter "
                               "them again.");
  }
  if (!*found) {
    base::Secret fresh(base::random_bytes(kKey));
    if (auto written = core::replace_file(path_, fresh.reveal(), {.mode = 0600}); !written) return written;
    *found = std::move(fresh);
  }
  key_ = std::move(**found);
  return {};
}

base::Result<std::string> Sealer::seal(std::string_view text, std::string_view place) {
  if (auto loaded = load(true); !loaded) return loaded.error();
  const std::string nonce = base::random_bytes(kNonce);
  std::string body(text.size() + kTag, '\0');
  std::string tag(kTag, '\0');
  const Context context(EVP_CIPHER_CTX_new());
  int length = 0;
  int more = 0;
  const bool done =
      context &&
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes(key_->reveal()), bytes(nonce)) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &more, bytes(place), size(place)) == 1 &&
      EVP_EncryptUpdate(context.get(), bytes(body), &length, bytes(text), size(text)) == 1 &&
      EVP_EncryptFinal_ex(context.get(), bytes(body) + length, &more) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTag), tag.data()) == 1;
  if (!done) return broken();
  body.resize(static_cast<std::size_t>(length + more));
  return std::string(1, kVersion) + nonce + body + tag;
}

base::Result<base::Secret> Sealer::open(std::string_view sealed, std::string_view place) {
  if (auto loaded = load(false); !loaded) return loaded.error();
  const Error unreadable(Errc::io, "A stored secret cannot be read: it was written with another key than " + path_ +
                                       ", or changed. Enter it again.");
  if (sealed.size() < 1 + kNonce + kTag || sealed.front() != kVersion) return unreadable;
  sealed.remove_prefix(1);
  const std::string_view nonce = sealed.substr(0, kNonce);
  const std::string_view body = sealed.substr(kNonce, sealed.size() - kNonce - kTag);
  std::string tag(sealed.substr(sealed.size() - kTag));
  std::string text(body.size() + kTag, '\0');
  const Context context(EVP_CIPHER_CTX_new());
  int length = 0;
  int more = 0;
  const bool done =
      context &&
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes(key_->reveal()), bytes(nonce)) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &more, bytes(place), size(place)) == 1 &&
      EVP_DecryptUpdate(context.get(), bytes(text), &length, bytes(body), size(body)) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(kTag), tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context.get(), bytes(text) + length, &more) == 1;
  if (!done) {
    OPENSSL_cleanse(text.data(), text.size());
    return unreadable;
  }
  text.resize(static_cast<std::size_t>(length + more));
  return base::Secret(std::move(text));
}

}  // namespace duotty::store
