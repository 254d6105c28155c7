#include "server_commands.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <duotty/base/text.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "render.hpp"
#include "terminal_commands.hpp"

extern char** environ;

namespace duotty::cli {
namespace {

using base::Errc;
using base::Error;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kLookAgain = 50ms;

Clock::time_point deadline_of(const WaitLimit& limit) {
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(limit.seconds));
}

/// server.info, over a connection of its own.
Task<base::Result<Json>> server_info(Context& context) {
  auto remote = co_await context.connect(context.endpoint);
  if (!remote) co_return remote.error();
  Json params = Json::object();
  auto info = co_await (*remote)->call("server.info", std::move(params), {});
  co_await (*remote)->close();
  co_return info;
}

/// Calls a method without parameters that ends the server's connection: losing it then is an answer.
Task<base::Result<>> order(Context& context, const char* method) {
  auto remote = co_await context.connect(context.endpoint);
  if (!remote) co_return remote.error();
  Json params = Json::object();
  auto done = co_await (*remote)->call(method, std::move(params), {});
  co_await (*remote)->close();
  if (done || done.error().code() == Errc::closed) co_return base::Result<>();
  co_return done.error();
}

bool is_refusal(const Error& error) {
  return error.code() == Errc::denied || error.code() == Errc::unauthenticated;
}

std::vector<std::string> urls_of(const Json& info) {
  std::vector<std::string> out;
  for (const auto& url : info.value("urls", Json::array())) {
    if (url.is_string()) out.push_back(url.get<std::string>());
  }
  return out;
}

std::string status_text(const Json& info) {
  const auto whole = [&](const char* key) { return std::to_string(static_cast<long long>(number_of(info, key))); };
  std::string out = "duotty " + text_of(info, "version") + " is running";
  if (const std::string name = text_of(info, "name"); !name.empty()) out += " as " + name;
  out += ".\n";
  for (const auto& url : urls_of(info)) out += "  url        " + url + "\n";
  out += "  terminals  " + whole("terminals") + "\n";
  out += "  uptime     " + long_duration(number_of(info, "uptime_seconds")) + "\n";
  out += "  processes  keeper " + whole("keeper_pid") + ", worker " + whole("worker_pid");
  return visible(out);
}

}  // namespace

bool process_lives(int pid) {
  if (::kill(pid, 0) != 0 && errno != EPERM) return false;
  // A process that has ended and is not reaped yet still takes signals; its state, behind the last parenthesis, is Z.
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string stat;
  std::getline(file, stat);
  const auto close = stat.rfind(')');
  return close == std::string::npos || close + 2 >= stat.size() || stat[close + 2] != 'Z';
}

int running_pid(const std::string& pid_file) {
  std::ifstream file(pid_file);
  std::string line;
  if (!std::getline(file, line)) return 0;
  const auto pid = base::parse_u64(base::trim(line));
  if (!pid || *pid < 2 || *pid > 0x7fffffff) return 0;
  const auto process = static_cast<pid_t>(*pid);
  return process_lives(process) ? process : 0;
}

Task<int> status_command(Context& context, StatusOptions options) {
  auto info = co_await server_info(context);
  if (info) {
    if (options.health) co_return exit_status::ok;
    if (context.globals.json) {
      (*info)["running"] = true;
      context.print_json(*info);
    } else {
      context.say(status_text(*info));
    }
    co_return exit_status::ok;
  }
  if (is_refusal(info.error())) co_return context.fail(info.error());
  if (options.health) co_return exit_status::not_running;
  const int pid = context.endpoint.local() ? running_pid(context.paths.pid_file) : 0;
  if (context.globals.json) {
    context.print_json(
        {{"running", false}, {"pid", pid == 0 ? Json(nullptr) : Json(pid)}, {"message", info.error().message()}});
  } else if (pid != 0) {
    context.console.note("Process " + std::to_string(pid) + " runs but does not answer: " + info.error().message());
  } else if (!context.globals.quiet) {
    context.console.note(info.error().message());
  }
  co_return exit_status::not_running;
}

namespace {

/// True when the server was gone before the deadline.
Task<bool> gone_before(Context& context, int pid, Clock::time_point deadline) {
  while (true) {
    bool gone = pid != 0 && !process_lives(pid);
    if (pid == 0) {
      auto remote = co_await context.connect(context.endpoint);
      gone = !remote;
      if (remote) co_await (*remote)->close();
    }
    if (gone) co_return true;
    if (Clock::now() >= deadline) co_return false;
    co_await core::sleep_for(kLookAgain);
  }
}

/// Signals the process of the pid file; its pid, or 0 when there is none.
base::Result<int> signal_keeper(Context& context, int signal) {
  const int pid = context.endpoint.local() ? running_pid(context.paths.pid_file) : 0;
  if (pid == 0) return 0;
  if (::kill(pid, signal) == 0) return pid;
  return Error(Errc::denied, "Process " + std::to_string(pid) + " cannot be signalled: " + std::strerror(errno) + ".");
}

}  // namespace

Task<int> stop_command(Context& context, WaitLimit limit) {
  const auto deadline = deadline_of(limit);
  int pid = context.endpoint.local() ? running_pid(context.paths.pid_file) : 0;
  auto ordered = co_await order(context, "server.stop");
  if (!ordered) {
    if (is_refusal(ordered.error())) co_return context.fail(ordered.error());
    const auto signalled = signal_keeper(context, SIGTERM);
    if (!signalled) co_return context.fail(signalled.error());
    pid = *signalled;
    if (pid == 0) {
      if (!context.globals.quiet) context.console.note("No server is running. " + ordered.error().message());
      co_return exit_status::not_running;
    }
  }
  const bool gone = co_await gone_before(context, pid, deadline);
  if (!gone) {
    co_return context.fail({Errc::timeout, "The server was asked to stop and still runs" +
                                               (pid == 0 ? std::string() : " as process " + std::to_string(pid)) +
                                               ". Look at its log: duotty logs."});
  }
  context.say("The server has stopped.");
  co_return exit_status::ok;
}

Task<int> restart_command(Context& context, WaitLimit limit) {
  const auto deadline = deadline_of(limit);
  auto before = co_await server_info(context);
  const double worker = before ? number_of(*before, "worker_pid") : 0;
  auto ordered = co_await order(context, "server.restart");
  if (!ordered) {
    if (is_refusal(ordered.error())) co_return context.fail(ordered.error());
    const auto signalled = signal_keeper(context, SIGHUP);
    if (!signalled) co_return context.fail(signalled.error());
    if (*signalled == 0) {
      if (!context.globals.quiet) context.console.note("No server is running. " + ordered.error().message());
      co_return exit_status::not_running;
    }
  }
  while (true) {
    auto now = co_await server_info(context);
    if (now && number_of(*now, "worker_pid") != worker) {
      context.say("The worker was replaced: process " +
                  std::to_string(static_cast<long long>(number_of(*now, "worker_pid"))) + ", version " +
                  visible_line(text_of(*now, "version")) + ". Terminals went on.");
      co_return exit_status::ok;
    }
    if (Clock::now() >= deadline) break;
    co_await core::sleep_for(kLookAgain);
  }
  co_return context.fail(
      {Errc::timeout, "The server was asked to restart and no new worker answers. Look at its log: duotty logs."});
}

namespace {

bool is_web_address(const std::string& url) {
  return url.starts_with("http://") || url.starts_with("https://");
}

/// Starts xdg-open without waiting for it; false when it cannot be started.
bool show_in_browser(const std::string& url) {
  std::string program = "xdg-open";
  std::string address = url;
  char* const argv[] = {program.data(), address.data(), nullptr};
  posix_spawn_file_actions_t actions;
  if (::posix_spawn_file_actions_init(&actions) != 0) return false;
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const int failed = ::posix_spawnp(&pid, program.c_str(), &actions, nullptr, argv, environ);
  ::posix_spawn_file_actions_destroy(&actions);
  return failed == 0;
}

}  // namespace

Task<int> open_command(Context& context, Remote& remote) {
  std::string url = context.endpoint.local() ? std::string() : context.endpoint.name();
  if (url.empty()) {
    Json params = Json::object();
    auto info = co_await remote.call("server.info", std::move(params), {});
    if (!info) co_return context.fail(info.error());
    for (const auto& each : urls_of(*info)) {
      if (url.empty() && is_web_address(each)) url = each;
    }
    if (url.empty()) {
      co_return context.fail({Errc::not_configured, "The server listens on no port: it has no web UI to open."});
    }
  }
  const bool display =
      !context.environment.get("DISPLAY").empty() || !context.environment.get("WAYLAND_DISPLAY").empty();
  const bool shown = display && show_in_browser(url);
  if (context.globals.json) {
    context.print_json({{"url", url}, {"opened", shown}});
  } else {
    context.console.out_line(visible_line(url));
  }
  co_return exit_status::ok;
}

Task<int> login_command(Context& context, LoginOptions options) {
  if (context.globals.url.empty()) {
    co_return context.fail(
        {Errc::invalid_params, "Say where: duotty login --url https://HOST:3000 --token TOKEN", "url"});
  }
  std::string token = context.globals.token.empty() ? context.environment.get("DUOTTY_TOKEN") : context.globals.token;
  if (token == "-") {
    auto asked = context.ask_secret("Token: ");
    if (!asked) co_return context.fail(asked.error());
    token = std::string(base::trim(*asked));
  }
  auto endpoint = parse_url(context.globals.url);
  if (!endpoint) co_return context.fail(endpoint.error());
  endpoint->token = base::Secret(token);
  endpoint->ca_file = chosen_ca_file(context.globals, context.environment);
  if (options.check) {
    context.endpoint = *endpoint;
    auto info = co_await server_info(context);
    if (!info) co_return context.fail(info.error());
  }
  const std::string path = login_file(context.paths);
  const SavedLogin login{context.globals.url, base::Secret(token), endpoint->ca_file};
  const auto saved = save_login(path, login);
  if (!saved) co_return context.fail(saved.error());
  context.say("Saved in " + path + ". Commands now go to " + endpoint->name() + "; --local means this machine.");
  if (context.globals.json) context.print_json({{"url", login.url}, {"file", path}});
  co_return exit_status::ok;
}

int logout_command(Context& context) {
  const std::string path = login_file(context.paths);
  const auto removed = remove_login(path);
  if (!removed) return context.fail(removed.error());
  context.say(*removed ? "Removed " + path + "." : "There was no saved login.");
  if (context.globals.json) context.print_json({{"removed", *removed}});
  return exit_status::ok;
}

}  // namespace duotty::cli
