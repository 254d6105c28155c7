#pragma once
// Folders, or several files at once, as one archive that is made while it is sent: GET /api/files/archive.
#include <duotty/files/methods.hpp>

namespace duotty::transfer {

inline constexpr const char* kArchivePath = "/api/files/archive";

/// Serves kArchivePath. Everything it is given outlives it; `witness` may be null.
class Archive final : public http::Mount {
 public:
  Archive(files::Places& places, http::Authenticator& auth, const rpc::Table& table, rpc::Witness* witness)
      : places_(places), auth_(auth), table_(table), witness_(witness) {}

  bool owns(const http::Request& request) const override { return request.path == kArchivePath; }
  http::HeadVerdict on_head(http::Request& head) override;
  core::Task<> handle(http::Request request, http::Responder& responder) override;
  /// An archive looks for itself, at every piece.
  void drop_revoked() override {}

 private:
  files::Places& places_;
  http::Authenticator& auth_;
  const rpc::Table& table_;
  rpc::Witness* witness_;
};

}  // namespace duotty::transfer
