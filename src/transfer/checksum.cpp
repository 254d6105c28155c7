#include "checksum.hpp"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace duotty::transfer {

struct Checksum::State {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

Checksum::Checksum() : state_(std::make_shared<State>()) {
  if (!state_->context || EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 cannot be had");
  }
}

core::Task<> Checksum::add(core::Offload& offload, std::string_view bytes) {
  auto work = [state = state_, bytes = std::string(bytes)] {
    return EVP_DigestUpdate(state->context.get(), bytes.data(), bytes.size());
  };
  const int good = co_await offload.run_if_long(bytes.size(), std::move(work));
  if (good != 1) throw std::runtime_error("SHA-256 failed");
}

std::string Checksum::value() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_DigestFinal_ex(state_->context.get(), digest.data(), &size) != 1) throw std::runtime_error("SHA-256 failed");
  return {digest.begin(), digest.begin() + size};
}

}  // namespace duotty::transfer
