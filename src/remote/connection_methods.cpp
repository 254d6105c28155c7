// Stored SSH connections and their runbooks. Secrets go in and do not come out, but for an administrator who asks.
#include <algorithm>
#include <duotty/base/text.hpp>
#include <duotty/core/offload.hpp>
#include <duotty/pty/launch.hpp>
#include <duotty/record/json_text.hpp>
#include <duotty/remote/forward_book.hpp>
#include <duotty/ssh/config_file.hpp>
#include <duotty/ssh/names.hpp>
#include <duotty/store/connection_store.hpp>

#include "connection_fields.hpp"
#include "exported.hpp"
#include "forward_rules.hpp"
#include "import.hpp"
#include "import_types.hpp"
#include "methods.hpp"
#include "plan.hpp"

namespace duotty::remote {
namespace {

using store::ConnectionRow;
using store::ConnectionSecret;
using store::ConnectionSecrets;
using store::ConnectionStore;

std::optional<std::string> masked(const ConnectionRow& row, ConnectionSecret secret) {
  return row.has_secret(secret) ? std::optional<std::string>(kMasked) : std::nullopt;
}

SshConnection connection_of(const ConnectionRow& row) {
  SshConnection out;
  static_cast<SshProfile&>(out) = profile_of(row);
  out.id = row.id;
  out.title = row.title;
  out.host = row.host;
  out.port = row.port;
  out.username = row.username;
  out.password = masked(row, ConnectionSecret::password);
  out.private_key = masked(row, ConnectionSecret::private_key);
  out.passphrase = masked(row, ConnectionSecret::passphrase);
  out.has_runbook = !row.runbook.empty();
  out.created_at = iso_time(static_cast<double>(row.created_at) / 1000);
  if (row.last_connected) out.last_connected = iso_time(static_cast<double>(*row.last_connected) / 1000);
  return out;
}

/// What lowers the guard of a connection is an administrator's to decide.
Result<> check_guard(bool admin, const SshProfile& before, const SshProfile& after) {
  if (admin) return {};
  if (after.host_key_policy == "accept_new" && before.host_key_policy != "accept_new") {
    return Error(Errc::denied, "host_key_policy \"accept_new\" needs the scope admin. Leave it at \"ask\".",
                 "host_key_policy");
  }
  if (after.agent_forwarding && !before.agent_forwarding) {
    return Error(Errc::denied, "agent_forwarding needs the scope admin: the host could use every key of the agent.",
                 "agent_forwarding");
  }
  return {};
}

/// A stored secret goes where it was stored for: who moves the connection gives it again.
Result<> check_move(bool admin, const ConnectionRow& before, const std::string& jump_before, const ConnectionRow& after,
                    const std::string& jump_after, const ConnectionSecrets& secrets) {
  const bool moved = before.host != after.host || before.port != after.port || jump_before != jump_after;
  if (admin || !moved) return {};
  for (std::size_t i = 0; i < store::kConnectionSecrets; ++i) {
    if (!before.has[i] || secrets[i]) continue;
    const std::string what(name(static_cast<ConnectionSecret>(i)));
    return Error(Errc::denied,
                 "The stored " + what + " goes only to the host that it was stored for. Send " + what +
                     " with the change, name it in remove_secrets, or ask somebody with the scope admin.",
                 what);
  }
  return {};
}

/// What an administrator has allowed one host is not allowed to another.
Result<> check_grants(bool admin, const ConnectionRow& before, const SshProfile& old, const ConnectionRow& after,
                      const SshProfile& profile) {
  if (admin || (before.host == after.host && before.port == after.port && before.username == after.username &&
                old.proxy_jump == profile.proxy_jump)) {
    return {};
  }
  if (profile.agent_forwarding) {
    return Error(Errc::denied,
                 "Only the scope admin moves a connection whose host may use the agent. Send agent_forwarding: false "
                 "with the change.",
                 "agent_forwarding");
  }
  for (const KeptForward& one : profile.forwards) {
    if (!needs_admin(one.kind, one.bind)) continue;
    return Error(Errc::denied,
                 "Only the scope admin moves a connection with a kept " + one.kind +
                     " forward that needs it. Close the forward first (ssh.forwards.close).",
                 "forwards");
  }
  return {};
}

bool shown(const SshConnection& connection, const SshList& p) {
  const auto& tags = connection.tags;
  if (!p.tag.empty() && std::find(tags.begin(), tags.end(), p.tag) == tags.end()) return false;
  if (!p.group.empty() && connection.group != p.group) return false;
  const std::string all = base::to_lower(connection.title + "\n" + connection.host + "\n" + connection.username + "\n" +
                                         base::join(tags, "\n"));
  return p.q.empty() || all.find(base::to_lower(p.q)) != std::string::npos;
}

Task<Result<SshConnections>> list(Services& s, Call&, SshList p) {
  auto rows = co_await s.connections->list();
  if (!rows) co_return rows.error();
  SshConnections out;
  for (const ConnectionRow& row : *rows) {
    SshConnection connection = connection_of(row);
    if (shown(connection, p)) out.connections.push_back(std::move(connection));
  }
  co_return out;
}

Task<Result<SshGot>> get(Services& s, Call& call, SshGet p) {
  if (p.secrets && !call.caller.has(Scope::admin)) {
    co_return Error(Errc::denied, "secrets needs the scope admin. Without it stored secrets are shown as ********.",
                    "secrets");
  }
  auto row = co_await s.connections->find(p.conn_id);
  if (!row) co_return row.error();
  SshGot out{connection_of(*row)};
  if (p.secrets) {
    auto secrets = co_await s.connections->reveal(row->id);
    if (!secrets) co_return secrets.error();
    const auto text = [&](ConnectionSecret which) {
      const auto& one = (*secrets)[static_cast<std::size_t>(which)];
      return one ? std::optional<std::string>(one->reveal()) : std::nullopt;
    };
    out.connection.password = text(ConnectionSecret::password);
    out.connection.private_key = text(ConnectionSecret::private_key);
    out.connection.passphrase = text(ConnectionSecret::passphrase);
    log_event(s, call, "ssh_connection_reveal", {{"connection_id", row->id}, {"title", row->title}});
  }
  co_return out;
}

Task<Result<SshMade>> create(Services& s, Call& call, SshCreate p) {
  ConnectionStore::Fresh fresh;
  SshProfile profile;
  if (!p.auth_type && (sent_secret(p.private_key) || (p.private_key_path && !p.private_key_path->empty())))
    p.auth_type = "key";
  if (auto good = take_fields(p, fresh.row, profile, fresh.secrets); !good) co_return good.error();
  if (auto good = check_guard(call.caller.has(Scope::admin), SshProfile(), profile); !good) co_return good.error();
  fresh.row.profile = text_of_profile(profile);
  const std::string host = fresh.row.host;
  const std::string title = fresh.row.title;
  std::vector<ConnectionStore::Fresh> one;
  one.push_back(std::move(fresh));
  auto ids = co_await s.connections->add(std::move(one));
  if (!ids) co_return ids.error();
  log_event(s, call, "ssh_connection_create", {{"connection_id", ids->front()}, {"host", host}, {"title", title}});
  SshMade made;
  made.id = ids->front();
  co_return made;
}

Task<Result<Success>> update(Services& s, Call& call, SshUpdate p) {
  const std::string id = p.conn_id;
  const bool admin = call.caller.has(Scope::admin);
  const auto moved = std::make_shared<bool>(false);
  ConnectionStore::Change change = [p = std::move(p), admin, moved](ConnectionRow& row,
                                                                    ConnectionSecrets& secrets) -> Result<> {
    const ConnectionRow before = row;
    const SshProfile old = profile_of(row);
    SshProfile profile = old;
    if (auto good = take_fields(p, row, profile, secrets); !good) return good;
    if (auto good = check_guard(admin, old, profile); !good) return good;
    if (auto good = check_move(admin, before, old.proxy_jump, row, profile.proxy_jump, secrets); !good) return good;
    if (auto good = check_grants(admin, before, old, row, profile); !good) return good;
    *moved = target_of(before, old) != target_of(row, profile);
    row.profile = text_of_profile(profile);
    return {};
  };
  auto row = co_await s.connections->change(id, std::move(change));
  if (!row) co_return row.error();
  s.links->give_up(row->id);
  if (*moved) s.forwards->moved(row->id);
  log_event(s, call, "ssh_connection_update", {{"connection_id", row->id}, {"title", row->title}});
  co_return Success{};
}

Task<Result<Success>> remove(Services& s, Call& call, SshName p) {
  auto row = co_await s.connections->remove(p.conn_id);
  if (!row) co_return row.error();
  s.forwards->forget(row->id);
  co_await s.links->hang_up(row->id);
  log_event(s, call, "ssh_connection_delete", {{"connection_id", row->id}, {"title", row->title}});
  co_return Success{};
}

/// Stores what was found and is not there already.
Task<Result<SshImported>> store_found(Services& s, Call& call, SshImport import, bool titles, bool dry_run) {
  auto rows = co_await s.connections->list();
  if (!rows) co_return rows.error();
  drop_known(import, *rows, titles);
  SshImported out;
  out.dry_run = dry_run;
  out.skipped = std::move(import.skipped);
  out.notes = std::move(import.notes);
  std::vector<ConnectionStore::Fresh> fresh;
  std::vector<bool> forwarding;
  for (SshCandidate& one : import.found) {
    forwarding.push_back(!one.profile.forwards.empty());
    const ConnectionRow& row = one.fresh.row;
    out.connections.push_back({std::nullopt, row.title, row.host, row.port, row.username, one.profile.auth_type});
    one.fresh.row.profile = text_of_profile(one.profile);
    fresh.push_back(std::move(one.fresh));
  }
  if (dry_run || fresh.empty()) co_return out;
  auto ids = co_await s.connections->add(std::move(fresh));
  if (!ids) co_return ids.error();
  for (std::size_t i = 0; i < ids->size(); ++i) {
    out.connections[i].id = (*ids)[i];
    if (forwarding[i]) co_await s.forwards->adopt((*ids)[i]);
  }
  out.imported = static_cast<int>(ids->size());
  log_event(s, call, "ssh_import", {{"imported", out.imported}});
  co_return out;
}

/// Only those whose titles are asked for. Errors: not_found.
Result<> choose(SshImport& import, const std::vector<std::string>& names) {
  if (names.empty()) return {};
  const auto wanted = [&](const std::string& title) {
    return std::find(names.begin(), names.end(), title) != names.end();
  };
  for (const std::string& name : names) {
    const auto is = [&](const auto& title) { return title == name; };
    if (std::none_of(import.found.begin(), import.found.end(),
                     [&](const auto& one) { return is(one.fresh.row.title); }) &&
        std::none_of(import.skipped.begin(), import.skipped.end(), [&](const auto& one) { return is(one.title); })) {
      return Error(Errc::not_found,
                   "It does not name \"" + base::shorten(base::to_valid_utf8(name), 120) +
                       "\". Try without names, with dry_run.",
                   "names");
    }
  }
  std::erase_if(import.found, [&](const auto& one) { return !wanted(one.fresh.row.title); });
  std::erase_if(import.skipped, [&](const auto& one) { return !wanted(one.title); });
  return {};
}

Result<SshImport> read_import(const SshImportParams& p, const SshImportRules& rules) {
  if (p.format == "electerm") {
    if (!p.bookmarks.is_null()) return import_electerm(p.bookmarks);
    if (!p.text) return Error(Errc::invalid_params, "Give text or bookmarks.", "text");
    auto json = record::parse_json(*p.text);
    if (!json) return Error(Errc::invalid_params, "The bookmarks are no JSON: " + json.error().message(), "text");
    return import_electerm(*json);
  }
  if (!p.bookmarks.is_null()) {
    return Error(Errc::invalid_params, "bookmarks belong to the format electerm.", "bookmarks");
  }
  if (p.format == "duotty") {
    if (!p.text) return Error(Errc::invalid_params, "Give the text of an export (settings.export).", "text");
    auto json = record::parse_json(*p.text);
    if (!json) return Error(Errc::invalid_params, "The export is no JSON: " + json.error().message(), "text");
    return import_exported(*json, rules);
  }
  if (p.text) return import_ssh_config(*p.text, "the text", rules);
  const std::string path = rules.home + "/.ssh/config";
  auto text = ssh::read_config_text(path, ssh::ConfigLimits().text);
  if (!text) return text.error();
  return import_ssh_config(*text, path, rules);
}

Task<Result<SshImported>> import_connections(Services& s, Call& call, SshImportParams p) {
  SshImportRules rules;
  rules.home = s.home;
  rules.user = pty::current_account().name;
  rules.may_loosen = call.caller.has(Scope::admin);
  // What a caller sends must not make the server read files.
  rules.follow_includes = !p.text;
  const bool dry_run = p.dry_run;
  auto work = [p = std::move(p), rules = std::move(rules)]() -> Result<SshImport> {
    auto import = read_import(p, rules);
    if (!import) return import;
    if (auto chosen = choose(*import, p.names); !chosen) return chosen.error();
    for (SshCandidate& one : import->found) {
      if (!p.group.empty()) one.profile.group = p.group;
    }
    return import;
  };
  if (auto good = check_line(p.group, "group"); !good) co_return good.error();
  auto import = co_await s.offload->run(std::move(work));
  if (!import) co_return import.error();
  co_return co_await store_found(s, call, std::move(*import), true, dry_run);
}

Task<Result<ElectermImported>> import_bookmarks(Services& s, Call& call, ElectermImport p) {
  auto work = [bookmarks = std::move(p.bookmarks)]() -> Result<SshImport> { return import_electerm(Json(bookmarks)); };
  auto import = co_await s.offload->run(std::move(work));
  if (!import) co_return import.error();
  auto done = co_await store_found(s, call, std::move(*import), false, false);
  if (!done) co_return done.error();
  ElectermImported out;
  out.imported = done->imported;
  co_return out;
}

Task<Result<Runbook>> get_runbook(Services& s, Call&, SshName p) {
  auto row = co_await s.connections->find(p.conn_id);
  if (!row) co_return row.error();
  co_return Runbook{row->id, row->title, row->runbook};
}

Task<Result<Success>> set_runbook(Services& s, Call& call, RunbookSet p) {
  ConnectionStore::Change change = [text = p.text](ConnectionRow& row, ConnectionSecrets&) -> Result<> {
    row.runbook = text;
    return {};
  };
  auto row = co_await s.connections->change(p.conn_id, std::move(change));
  if (!row) co_return row.error();
  log_event(s, call, "ssh_runbook_set", {{"connection_id", row->id}, {"title", row->title}});
  co_return Success{};
}

}  // namespace

void add_connection_methods(Registrar& table) {
  using rpc::Extra;
  constexpr Scope ssh = Scope::ssh;
  table.call("ssh.connections.list", list,
             {.http = {"GET", "/api/agent/ssh/connections"},
              .scope = ssh,
              .extra = Extra::ignore,
              .about = "The stored SSH connections. Secrets are shown as ********.",
              .example = R"({"tag": "production"})"});
  table.call("ssh.connections.create", create,
             {.http = {"POST", "/api/agent/ssh/connections"},
              .scope = ssh,
              .extra = Extra::ignore,
              .about = "Stores an SSH connection; its secrets are encrypted and only go in.",
              .example = R"({"title": "web", "host": "web.example.org", "username": "deploy", "auth_type": "agent"})",
              .mutates = true});
  table.call("ssh.connections.get", get,
             {.http = {"GET", "/api/agent/ssh/connections/{conn_id}"},
              .scope = ssh,
              .extra = Extra::ignore,
              .about = "One stored connection. secrets=true shows its secrets, needs the scope admin and is audited.",
              .example = R"({"conn_id": "web"})"});
  table.call("ssh.connections.update", update,
             {.http = {"PUT", "/api/agent/ssh/connections/{conn_id}"},
              .scope = ssh,
              .extra = Extra::ignore,
              .about = "Changes what is given of a connection; empty or masked secrets stay as they are. Without the "
                       "scope admin, a new host, port or proxy_jump needs the stored secrets to be sent again.",
              .example = R"({"conn_id": "web", "port": 2222})",
              .mutates = true});
  table.call("ssh.connections.delete", remove,
             {.http = {"DELETE", "/api/agent/ssh/connections/{conn_id}"},
              .scope = ssh,
              .extra = Extra::ignore,
              .about = "Deletes a stored connection with its secrets and its runbook, and hangs up.",
              .example = R"({"conn_id": "web"})",
              .mutates = true});
  table.call("ssh.connections.import", import_connections,
             {.http = {"POST", "/api/agent/ssh/import"},
              .scope = ssh,
              .about = "Stores the hosts of an OpenSSH configuration, the given text or the server's user's own "
                       "~/.ssh/config, electerm's bookmarks, or what settings.export has written. Says what was "
                       "skipped and what was left out, and why; "
                       "dry_run only says it.",
              .example = R"({"format": "ssh_config", "dry_run": true})",
              .mutates = true});
  table.call("ssh.import_electerm", import_bookmarks,
             {.http = {"POST", "/api/agent/ssh/import/electerm"},
              .scope = ssh,
              .extra = Extra::ignore,
              .about = "Stores electerm's bookmarks but for those whose host, port and user are there already "
                       "(ssh.connections.import says more).",
              .example = R"({"bookmarks": [{"host": "192.0.2.1", "username": "root"}]})",
              .mutates = true});
  table.call("ssh.runbook.get", get_runbook,
             {.http = {"GET", "/api/agent/ssh/connections/{conn_id}/runbook"},
              .scope = ssh,
              .about = "What people and agents have written down about a host, as Markdown.",
              .example = R"({"conn_id": "web"})"});
  table.call("ssh.runbook.set", set_runbook,
             {.http = {"PUT", "/api/agent/ssh/connections/{conn_id}/runbook"},
              .scope = ssh,
              .about = "Replaces the runbook of a connection.",
              .example = R"({"conn_id": "web", "text": "# Deploy\n1. Ask first.\n"})",
              .mutates = true});
}

}  // namespace duotty::remote
