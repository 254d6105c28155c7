#include "exported.hpp"

#include <duotty/base/plain_text.hpp>
#include <duotty/record/codec.hpp>
#include <duotty/record/json_members.hpp>
#include <duotty/rpc/method.hpp>

#include "connection_fields.hpp"
#include "forward_rules.hpp"
#include "methods.hpp"
#include "plan.hpp"

namespace duotty::remote {
namespace {

using nlohmann::json;
using store::ConnectionRow;
using store::ConnectionSecret;

constexpr std::size_t kMostRunbook = 262'144;
/// Of one connection, as many as its link carries.
constexpr std::size_t kMostForwards = 64;

json exported(const ConnectionRow& row) {
  json out = record::encode(profile_of(row));
  out["title"] = row.title;
  out["host"] = row.host;
  out["port"] = row.port;
  out["username"] = row.username;
  out["runbook"] = row.runbook;
  for (json& forward : out["forwards"]) forward.erase("id");
  return out;
}

/// An administrator alone lowers the guard.
void keep_guard(const SshImportRules& rules, const std::string& title, SshProfile& profile, SshImport& import) {
  if (rules.may_loosen) return;
  if (profile.host_key_policy == "accept_new") {
    profile.host_key_policy = "ask";
    import.notes.push_back(title + ": host_key_policy becomes \"ask\": accept_new needs the scope admin.");
  }
  if (profile.agent_forwarding) {
    profile.agent_forwarding = false;
    import.notes.push_back(title + ": agent_forwarding is not taken: it needs the scope admin.");
  }
}

/// Those that are kept; what is wrong with one, or an administrator's to allow, leaves out that one alone.
void take_forwards(const json& entry, const SshImportRules& rules, const std::string& title, SshProfile& profile,
                   SshImport& import) {
  for (const json& one : record::list_of(entry, "forwards")) {
    if (profile.forwards.size() >= kMostForwards) {
      import.notes.push_back(title + ": only " + std::to_string(kMostForwards) + " of its forwards are taken.");
      return;
    }
    auto kept = read_kept_forward(one);
    if (!kept) {
      import.notes.push_back(title + ": a forward is not taken. " + kept.error().message());
    } else if (!rules.may_loosen && needs_admin(kept->kind, kept->bind)) {
      import.notes.push_back(title + ": a " + kept->kind + " forward at " + kept->bind +
                             " is not taken: it needs the scope admin.");
    } else {
      profile.forwards.push_back(std::move(*kept));
    }
  }
}

void take(const json& entry, const SshImportRules& rules, SshImport& import) {
  const std::string title = base::clean_line(record::text_of(entry, "title", record::text_of(entry, "host")), 80);
  auto fields = record::decode<SshCreate>(entry, {.unknown = record::Unknown::ignore});
  if (!fields) return import.skipped.push_back({title, fields.error().message()});
  SshCandidate one;
  if (auto good = take_fields(*fields, one.fresh.row, one.profile, one.fresh.secrets); !good) {
    return import.skipped.push_back({title, good.error().message()});
  }
  const std::string runbook = record::text_of(entry, "runbook");
  if (runbook.size() <= kMostRunbook) {
    one.fresh.row.runbook = runbook;
  } else {
    import.notes.push_back(title + ": its runbook is too long and not taken.");
  }
  keep_guard(rules, title, one.profile, import);
  take_forwards(entry, rules, title, one.profile, import);
  import.found.push_back(std::move(one));
}

}  // namespace

base::Result<SshImport> import_exported(const json& root, const SshImportRules& rules) {
  const json& list = root.is_array() ? root : record::list_of(root, "ssh_connections");
  if (list.empty()) {
    return base::Error(base::Errc::invalid_params, "There are no ssh_connections in it. settings.export writes them.",
                       "text");
  }
  if (list.size() > kMostImported) {
    return base::Error(base::Errc::too_large, "More than " + std::to_string(kMostImported) + " connections.", "text");
  }
  SshImport import;
  for (const json& entry : list) take(entry, rules, import);
  return import;
}

Task<Result<json>> export_connections(Services& s, rpc::Call& call, bool secrets) {
  auto rows = co_await s.connections->list();
  if (!rows) co_return rows.error();
  json out = json::array();
  for (const ConnectionRow& row : *rows) {
    json one = exported(row);
    if (secrets) {
      auto revealed = co_await s.connections->reveal(row.id);
      if (!revealed) co_return revealed.error();
      for (std::size_t i = 0; i < store::kConnectionSecrets; ++i) {
        const auto& text = (*revealed)[i];
        if (text) one[std::string(store::name(static_cast<ConnectionSecret>(i)))] = text->reveal();
      }
    }
    out.push_back(std::move(one));
  }
  if (secrets) log_event(s, call, "ssh_connections_reveal", {{"connections", out.size()}});
  co_return out;
}

}  // namespace duotty::remote
