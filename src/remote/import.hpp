#pragma once
// Connections out of what other programs keep: OpenSSH's configuration, electerm's bookmarks. Pure, but for the user's
// own configuration, which is read.
#include <duotty/base/error.hpp>
#include <duotty/store/connection_store.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "connection_types.hpp"

namespace duotty::remote {

/// A connection that can be stored.
struct SshCandidate {
  store::ConnectionStore::Fresh fresh;  ///< without `profile`
  SshProfile profile;
};

/// Something that is no connection, and why.
struct SshSkipped {
  std::string title;
  std::string reason;
  static constexpr auto fields() {
    return std::tuple{field("title", &SshSkipped::title, "What it is called there."),
                      field("reason", &SshSkipped::reason, "Why it is not stored.")};
  }
};

struct SshImport {
  std::vector<SshCandidate> found;
  std::vector<SshSkipped> skipped;
  std::vector<std::string> notes;  ///< what was left out of those that were found
};

/// At most so many at once.
inline constexpr std::size_t kMostImported = 1000;

/// Who is signed in, and what may be taken over without a person.
struct SshImportRules {
  std::string home;
  std::string user;             ///< signs in where nothing says who
  bool may_loosen = false;      ///< take accept_new and agent forwarding over
  bool follow_includes = true;  ///< it is the user's own file
};

/// Every host with a name of its own. Blocks when it follows includes. Errors: too_large.
base::Result<SshImport> import_ssh_config(const std::string& text, const std::string& name,
                                          const SshImportRules& rules);
/// Bookmarks as electerm exports them: {"bookmarks": [...], "bookmarkGroups": [...]}, or the list alone. Errors:
/// invalid_params, too_large.
base::Result<SshImport> import_electerm(const nlohmann::json& json);

/// Takes out what is there already, or comes twice. `titles`: also what is called as another one.
void drop_known(SshImport& import, const std::vector<store::ConnectionRow>& rows, bool titles);

/// What is wrong with a profile, if something is. Errors: invalid_params.
base::Result<> check_profile(const SshProfile& profile);
/// One line without controls, as it is. Errors: invalid_params about `field`.
base::Result<> check_line(const std::string& text, const char* field);
/// A private key's text. Errors: invalid_params.
base::Result<> check_private_key(const std::string& text);

}  // namespace duotty::remote
