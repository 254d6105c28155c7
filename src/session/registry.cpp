#include <sys/stat.h>
#include <unistd.h>

#include <dirent.h>
#include <fcntl.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <duotty/base/random.hpp>
#include <duotty/base/text.hpp>
#include <duotty/base/utc_time.hpp>
#include <duotty/core/log.hpp>
#include <duotty/core/private_directory.hpp>
#include <duotty/exec/integration.hpp>
#include <duotty/exec/remote_start.hpp>
#include <duotty/exec/shell_profile.hpp>
#include <duotty/session/registry.hpp>
#include <nlohmann/json.hpp>

#include "journal.hpp"

namespace duotty::session {
namespace {

constexpr std::size_t kKeptChanges = 1024;
constexpr auto kExpiryTurn = std::chrono::seconds(5);

base::Result<> write_private(const exec::FileToWrite& file) {
  const base::UniqueFd fd(::open(file.path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, file.mode));
  if (fd && ::write(fd.get(), file.content.data(), file.content.size()) == static_cast<ssize_t>(file.content.size()))
    return {};
  return base::Error(base::Errc::io, "Could not write " + file.path + ": " + std::strerror(errno) + ".");
}

/// The value of `name` in an environment of NAME=value.
std::optional<std::string> variable(const std::vector<std::string>& environment, const std::string& name) {
  for (const std::string& entry : environment) {
    if (entry.starts_with(name + "=")) return entry.substr(name.size() + 1);
  }
  return std::nullopt;
}

/// The same rules as for what runs here. The shell need not be known here, nor the directory be there.
base::Result<> check_remote(const exec::RemoteStart& start) {
  pty::LaunchRequest like;
  like.argv = start.command;
  like.extra_env = start.env;
  if (auto plan = pty::plan_launch(like); !plan) return plan.error();
  for (const auto& [text, field] : {std::pair(start.directory, "cwd"), std::pair(start.shell, "shell")}) {
    if (text.find('\0') != std::string::npos)
      return base::Error(base::Errc::invalid_params, std::string(field) + " must not contain NUL bytes.", field);
  }
  return {};
}

void remove_tree(const std::string& path) {
  if (DIR* stream = ::opendir(path.c_str())) {
    while (const dirent* entry = ::readdir(stream)) {
      if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0) {
        ::unlink((path + "/" + entry->d_name).c_str());
      }
    }
    ::closedir(stream);
    ::rmdir(path.c_str());
  }
}

}  // namespace

Registry::Registry(core::asio::any_io_executor executor, pty::KeeperClient& keeper, EventLog& events,
                   RegistryOptions options)
    : executor_(std::move(executor)),
      keeper_(keeper),
      log_(events),
      options_(std::move(options)),
      changed_(executor_),
      scope_(executor_) {
  static_cast<void>(core::make_private_directory(options_.runtime_dir + "/t"));
  if (options_.history || !core::is_private_directory(options_.memory_dir)) options_.memory_dir.clear();
}

Registry::~Registry() = default;

std::string Registry::directory_of(const std::string& id) const {
  if (options_.history) return options_.state_dir + "/terminals/" + id;
  return options_.memory_dir.empty() ? std::string{} : options_.memory_dir + "/" + id;
}

std::string Registry::display_path(const std::string& id) const {
  return options_.history ? directory_of(id) + "/display" : std::string{};
}

void Registry::adopt(std::vector<pty::Adopted> terminals) {
  for (auto& terminal : terminals) {
    auto meta = decode_meta(terminal.meta);
    if (!meta || meta->id != terminal.pty.id) {
      core::log_error("terminal {} has no readable meta and is closed", terminal.pty.id);
      keeper_.forget(terminal.pty.id);
      continue;
    }
    const std::string id = meta->id;
    meta->ask_enabled = options_.ask_enabled;  // the file may have been edited since
    auto session = std::make_shared<Session>(executor_, std::move(terminal.pty), std::move(*meta), directory_of(id),
                                             keeper_, *this, disk_, folds_, display_path(id));
    session->restore(terminal.exited);
    sessions_.emplace(id, Entry{session, std::chrono::steady_clock::now()});
    record(Lifecycle::Kind::created, id, session);
  }
}

void Registry::start(Asked asked) {
  asked_ = std::move(asked);
  for (auto& [id, entry] : sessions_) entry.session->begin();
  scope_.spawn("expiry of terminals", expire());
}

core::Task<> Registry::stop() {
  co_await scope_.stop();
  for (auto& [id, entry] : sessions_) co_await entry.session->stop();
  co_await bury();
}

core::Task<> Registry::bury() {
  const auto retired = std::exchange(retired_, {});
  for (const auto& session : retired) {
    co_await session->stop();
    remove_history(directory_of(session->id()));  // what it was just writing
  }
}

base::Result<pty::LaunchPlan> Registry::plan(const CreateRequest& request, Meta& meta) const {
  pty::LaunchRequest launch;
  launch.argv = request.command;
  launch.shell = request.shell;
  launch.server_env = pty::current_environment();
  launch.account = pty::current_account();
  launch.terminal_id = meta.id;
  launch.cwd = request.cwd.empty() ? options_.default_cwd : request.cwd;
  launch.extra_env = request.env;
  auto plan = pty::plan_launch(launch);
  if (!plan) return plan.error();
  meta.shell = request.command.empty() ? plan->shell : plan->argv.front();
  if (request.command.empty() && request.integration) {
    const exec::UserStart user{.zdotdir = variable(plan->env, "ZDOTDIR"), .env = variable(plan->env, "ENV")};
    const auto integration = exec::plan_integration(exec::profile_of(plan->shell), meta.nonce, meta.script_dir, user);
    if (integration.active) {
      for (const auto& file : integration.files) {
        if (auto written = write_private(file); !written) return written.error();
      }
      plan->argv.insert(plan->argv.begin() + 1, integration.args.begin(), integration.args.end());
      for (const auto& [name, value] : integration.env) {
        const std::string begin = name + "=";
        std::erase_if(plan->env, [&begin](const std::string& entry) { return entry.starts_with(begin); });
        plan->env.push_back(begin + value);
      }
      meta.integration_planned = true;
    }
  }
  return plan;
}

/// Here runs only what carries the bytes; what it sends ahead lies in a file, as it has the nonce in it.
base::Result<pty::LaunchPlan> Registry::plan_remote(const CreateRequest& request, Meta& meta) const {
  const RemoteHost& host = *request.remote;
  meta.type = "ssh";
  meta.connection_id = host.connection_id;
  meta.host = host.host;
  meta.port = host.port;
  meta.username = host.username;
  exec::RemoteStart start;
  start.directory = request.cwd.empty() ? host.directory : request.cwd;
  start.shell = request.shell;
  start.env = host.env;
  start.env.insert(start.env.end(), request.env.begin(), request.env.end());
  start.command = request.command;
  start.integration = request.integration;
  if (auto good = check_remote(start); !good) return good.error();
  pty::LaunchRequest launch;
  launch.argv = {options_.program, "link-shell", host.socket};
  launch.server_env = pty::current_environment();
  launch.account = pty::current_account();
  launch.terminal_id = meta.id;
  launch.cwd = "/";
  if (const auto program = exec::plan_remote_start(start, meta.nonce)) {
    const std::string path = meta.script_dir + "/start";
    if (auto written = write_private({path, *program, 0600}); !written) return written.error();
    launch.argv.push_back(path);
  }
  auto plan = pty::plan_launch(launch);
  if (!plan) return plan.error();
  meta.shell = request.command.empty() ? request.shell : request.command.front();
  meta.integration_planned = request.command.empty() && request.integration;
  return plan;
}

core::Task<base::Result<std::shared_ptr<Session>>> Registry::create(CreateRequest request) {
  if (sessions_.size() + starting_.size() >= options_.max_terminals) {
    co_return base::Error(base::Errc::limit_reached, "There are already " + std::to_string(sessions_.size()) +
                                                         " terminals, which is the limit. Close some first.");
  }
  if (auto named = check_name(request.name, request.owner, nullptr); !named) co_return named.error();
  Meta meta;
  meta.id = base::make_id();
  meta.name = request.name;
  meta.created_by = request.created_by;
  meta.owner = request.owner;
  meta.created_at = base::wall_seconds();
  meta.ttl_seconds = std::max(0.0, request.ttl_seconds);
  meta.user_visible = request.user_visible;
  meta.transient = request.transient;
  meta.tags = request.tags;
  meta.epoch = base::make_id();
  meta.nonce = base::make_token(18);
  meta.script_dir = options_.runtime_dir + "/t/" + meta.id;
  meta.ask_enabled = options_.ask_enabled;
  meta.cols = request.size.cols;
  meta.rows = request.size.rows;
  if (auto made = core::make_private_directory(meta.script_dir); !made) co_return made.error();
  auto launch = request.remote ? plan_remote(request, meta) : plan(request, meta);
  if (!launch) {
    remove_tree(meta.script_dir);
    co_return launch.error();
  }
  pty::SpawnRequest spawn;
  spawn.id = meta.id;
  spawn.argv = std::move(launch->argv);
  spawn.env = std::move(launch->env);
  spawn.cwd = std::move(launch->cwd);
  spawn.size = {static_cast<std::uint16_t>(request.size.cols), static_cast<std::uint16_t>(request.size.rows)};
  spawn.meta = encode_meta(meta);
  spawn.history = options_.history ? pty::History::file : pty::History::memory;
  const auto place = starting_.insert(meta.name);
  auto handle = co_await keeper_.spawn(std::move(spawn));
  starting_.erase(place);
  if (!handle) {
    remove_tree(meta.script_dir);
    co_return handle.error();
  }
  const std::string id = meta.id;
  if (!options_.memory_dir.empty()) static_cast<void>(core::make_private_directory(directory_of(id)));
  auto session = std::make_shared<Session>(executor_, std::move(*handle), std::move(meta), directory_of(id), keeper_,
                                           *this, disk_, folds_, display_path(id));
  sessions_.emplace(id, Entry{session, {}});
  session->begin();
  record(Lifecycle::Kind::created, id, session);
  co_return session;
}

base::Result<> Registry::check_name(const std::string& name, std::string_view owner, const Session* self) const {
  if (name.empty()) return {};
  const bool plain =
      std::none_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (name.size() > 128 || !plain || !base::is_utf8(name)) {
    return base::Error(base::Errc::invalid_params, "A name has at most 128 bytes and no control characters.", "name");
  }
  const bool taken =
      starting_.count(name) > 0 || std::any_of(sessions_.begin(), sessions_.end(), [&](const auto& item) {
        const Session& other = *item.second.session;
        return &other != self && other.alive() && other.meta().name == name && other.meta().owner == owner;
      });
  if (!taken) return {};
  return base::Error(base::Errc::conflict,
                     "Another terminal is already called \"" + name + "\". Use that one, or choose another name.",
                     "name");
}

base::Result<std::shared_ptr<Session>> Registry::find(std::string_view id_or_name, std::string_view owner) const {
  const auto visible = [&](const Session& session) { return owner.empty() || session.meta().owner == owner; };
  if (const auto found = sessions_.find(id_or_name); found != sessions_.end() && visible(*found->second.session)) {
    return found->second.session;
  }
  std::shared_ptr<Session> match;
  for (const auto& [id, entry] : sessions_) {
    if (entry.session->meta().name != id_or_name || id_or_name.empty() || !visible(*entry.session)) continue;
    if (match && match->alive() && entry.session->alive()) {
      return base::Error(base::Errc::conflict,
                         "Several terminals are named \"" + std::string(id_or_name) + "\". Use an id.");
    }
    if (!match || entry.session->alive()) match = entry.session;
  }
  if (match) return match;
  return base::Error(
      base::Errc::terminal_not_found,
      "No terminal \"" + base::shorten(base::to_valid_utf8(id_or_name), 64) + "\". terminal.list names them.");
}

std::vector<std::shared_ptr<Session>> Registry::list(std::string_view owner) const {
  std::vector<std::shared_ptr<Session>> out;
  for (const auto& [id, entry] : sessions_) {
    if (owner.empty() || entry.session->meta().owner == owner) out.push_back(entry.session);
  }
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a->meta().created_at < b->meta().created_at; });
  return out;
}

void Registry::close(const std::shared_ptr<Session>& session) {
  const std::string id = session->id();
  if (sessions_.erase(id) == 0) return;
  session->mark_closed();
  keeper_.forget(id);
  remove_history(directory_of(id));
  remove_private(*session);
  record(Lifecycle::Kind::closed, id, nullptr);
  retired_.push_back(session);
  if (on_closed) on_closed(id);
}

void Registry::set_ask_enabled(bool enabled) {
  options_.ask_enabled = enabled;
  for (const auto& [id, entry] : sessions_) {
    if (entry.session->meta().ask_enabled == enabled) continue;
    entry.session->update_meta([enabled](Meta& meta) { meta.ask_enabled = enabled; });
  }
}

void Registry::remove_private(const Session& session) const {
  if (!session.meta().script_dir.empty()) remove_tree(session.meta().script_dir);
}

std::string Registry::active_id() const {
  const Session* best = nullptr;
  for (const auto& [id, entry] : sessions_) {
    if (entry.session->last_person_input() > (best ? best->last_person_input() : 0)) best = entry.session.get();
  }
  return best ? best->id() : std::string{};
}

std::vector<Lifecycle> Registry::changes_since(std::uint64_t sequence, bool& complete) const {
  complete = changes_.empty() || changes_.front().sequence <= sequence + 1;
  std::vector<Lifecycle> out;
  for (const auto& change : changes_) {
    if (change.sequence > sequence) out.push_back(change);
  }
  return out;
}

void Registry::record(Lifecycle::Kind kind, const std::string& id, std::shared_ptr<Session> session) {
  // A newer update of the same terminal replaces an older one that stands at the end.
  if (kind == Lifecycle::Kind::updated && !changes_.empty() && changes_.back().kind == kind &&
      changes_.back().id == id) {
    changes_.pop_back();
  }
  changes_.push_back({++change_sequence_, kind, id, std::move(session)});
  if (changes_.size() > kKeptChanges) changes_.pop_front();
  changed_.notify();
}

core::Task<> Registry::expire() {
  while (true) {
    co_await core::sleep_for(kExpiryTurn);
    co_await bury();
    const auto now = std::chrono::steady_clock::now();
    std::vector<std::shared_ptr<Session>> old;
    for (const auto& [id, entry] : sessions_) {
      const Session& session = *entry.session;
      const bool ended = !session.alive() && entry.exited_at != std::chrono::steady_clock::time_point{} &&
                         now - entry.exited_at > options_.keep_exited;
      const double idle = std::chrono::duration<double>(now - session.last_activity()).count();
      const bool unused = session.meta().ttl_seconds > 0 && idle > session.meta().ttl_seconds &&
                          session.viewers().empty() && session.shell_state() != ShellState::running;
      if (ended || unused) old.push_back(entry.session);
    }
    for (const auto& session : old) {
      log_.emit("terminal_expired", {{"terminal_id", session->id()}, {"name", session->meta().name}});
      close(session);
    }
  }
}

// --- events ---------------------------------------------------------------------------------------------------------

void Registry::on_output(const std::string& id) {
  if (const auto found = sessions_.find(id); found != sessions_.end()) found->second.session->consume();
}

void Registry::on_exited(const std::string& id, const pty::ExitStatus& status) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  found->second.exited_at = std::chrono::steady_clock::now();
  found->second.session->on_exited(status);
}

void Registry::on_keeper_lost() {
  keeper_lost_ = true;
  if (on_lost) on_lost();
}

void Registry::on_updated(Session& session) {
  if (const auto found = sessions_.find(session.id()); found != sessions_.end()) {
    record(Lifecycle::Kind::updated, session.id(), found->second.session);
  }
}

void Registry::on_program_exited(Session& session) {
  nlohmann::json fields = {{"terminal_id", session.id()}, {"name", session.meta().name}, {"exit_code", nullptr}};
  if (session.exit_status() && session.exit_status()->code) fields["exit_code"] = *session.exit_status()->code;
  log_.emit("terminal_exit", std::move(fields));
  on_updated(session);
}

void Registry::on_asked(Session& session, const std::string& question) {
  if (const auto found = sessions_.find(session.id()); found != sessions_.end() && asked_)
    asked_(found->second.session, question);
}

void Registry::on_typed(const Session& session) {
  if (typing_[0].session != &session) typing_[1] = typing_[0];
  typing_[0] = {&session, std::chrono::steady_clock::now()};
}

std::chrono::steady_clock::time_point Registry::typed_elsewhere(const Session& session) const {
  return typing_[typing_[0].session == &session ? 1 : 0].at;
}

void Registry::on_block(Session& session, const CommandBlock& block) {
  if (on_command) on_command(session, block);
}

void Registry::on_noted(Session& session, std::string_view action, nlohmann::json fields) {
  fields["terminal_id"] = session.id();
  log_.emit(action, std::move(fields));
}

void Registry::on_meta_changed(Session& session) {
  if (auto stored = keeper_.set_meta(session.id(), encode_meta(session.meta())); !stored) {
    core::log_warning("{}: {}", session.id(), stored.error().message());
  }
}

}  // namespace duotty::session
