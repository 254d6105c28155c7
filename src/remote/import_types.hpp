#pragma once
// Parameters and results of importing SSH connections.
#include <nlohmann/json.hpp>

#include "import.hpp"

namespace duotty::remote {

struct SshImportParams {
  std::string format;
  std::optional<std::string> text;
  nlohmann::json bookmarks;
  std::vector<std::string> names;
  std::string group;
  bool dry_run = false;
  static constexpr auto fields() {
    using T = SshImportParams;
    return std::tuple{
        field("format", &T::format, "\"ssh_config\", \"electerm\" or \"duotty\" (settings.export).")
            .required()
            .one_of("ssh_config", "electerm", "duotty"),
        field("text", &T::text,
              "The file's text. Left out with ssh_config: ~/.ssh/config of the server's user, with what it includes.")
            .range(0, 1048576),
        field("bookmarks", &T::bookmarks, "electerm's export as JSON, instead of text."),
        field("names", &T::names, "Only those with these names.").range(0, 1000),
        field("group", &T::group, "Group that they are put into.").range(0, 128),
        field("dry_run", &T::dry_run, "Only say what would be stored.")};
  }
};

struct SshImportedRow {
  std::optional<std::string> id;
  std::string title;
  std::string host;
  int port = 22;
  std::string username;
  std::string auth_type;
  static constexpr auto fields() {
    using T = SshImportedRow;
    return std::tuple{field("id", &T::id, "Its id; null when it was not stored."),
                      field("title", &T::title, "Its name for people."),
                      field("host", &T::host, "Name or address."),
                      field("port", &T::port, "Port."),
                      field("username", &T::username, "User on the host."),
                      field("auth_type", &T::auth_type, "How to sign in.")};
  }
};

struct SshImported {
  bool success = true;
  bool dry_run = false;
  int imported = 0;
  std::vector<SshImportedRow> connections;
  std::vector<SshSkipped> skipped;
  std::vector<std::string> notes;
  static constexpr auto fields() {
    using T = SshImported;
    return std::tuple{field("success", &T::success, "Always true."),
                      field("dry_run", &T::dry_run, "Nothing was stored."),
                      field("imported", &T::imported, "How many were stored."),
                      field("connections", &T::connections, "What was stored, or would be."),
                      field("skipped", &T::skipped, "What was not, and why."),
                      field("notes", &T::notes, "What was left out or passed over.")};
  }
};

struct ElectermImport {
  std::vector<nlohmann::json> bookmarks;
  static constexpr auto fields() {
    return std::tuple{field("bookmarks", &ElectermImport::bookmarks, "As electerm exports them.").required()};
  }
};

struct ElectermImported {
  bool success = true;
  int imported = 0;
  static constexpr auto fields() {
    return std::tuple{field("success", &ElectermImported::success, "Always true."),
                      field("imported", &ElectermImported::imported, "How many were stored.")};
  }
};

}  // namespace duotty::remote
