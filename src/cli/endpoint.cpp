#include "endpoint.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <duotty/base/text.hpp>
#include <duotty/base/unique_fd.hpp>
#include <duotty/core/replace_file.hpp>
#include <duotty/record/json_text.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace duotty::cli {
namespace {

using base::Errc;
using base::Error;

Error bad_url(const std::string& url, const std::string& why) {
  return {
      Errc::invalid_params,
      "\"" + url + "\" is no usable URL: " + why + " Write it like http://127.0.0.1:3000 or https://box.example.org.",
      "url"};
}

Error file_error(const std::string& verb, const std::string& path) {
  return {Errc::io, "Cannot " + verb + " " + path + ": " + std::strerror(errno) + "."};
}

}  // namespace

std::string Endpoint::name() const {
  return kind == Kind::unix_socket ? socket_path : (tls ? "https://" : "http://") + host_header() + prefix;
}

std::string Endpoint::host_header() const {
  if (kind == Kind::unix_socket) return "localhost";
  const std::string shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (tls ? 443 : 80) ? shown : shown + ":" + std::to_string(port);
}

base::Result<Endpoint> parse_url(const std::string& url) {
  const std::string lower = base::to_lower(url);
  const auto scheme = lower.find("://");
  const std::string name = lower.substr(0, scheme == std::string::npos ? 0 : scheme);
  Endpoint out;
  out.kind = Endpoint::Kind::tcp;
  out.tls = name == "https" || name == "wss";
  if (!out.tls && name != "http" && name != "ws") return bad_url(url, "it begins with neither http:// nor https://.");
  out.port = out.tls ? 443 : 80;
  const std::string_view rest = std::string_view(url).substr(scheme + 3);
  const auto slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  if (slash != std::string_view::npos) out.prefix = std::string(rest.substr(slash));
  while (!out.prefix.empty() && out.prefix.back() == '/') out.prefix.pop_back();
  if (out.prefix.find_first_of("?# \t\r\n") != std::string::npos) return bad_url(url, "it has a query or a blank.");
  if (authority.find('@') != std::string_view::npos) return bad_url(url, "a token goes into --token, not the URL.");
  std::string_view port;
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) return bad_url(url, "a bracket is not closed.");
    out.host = std::string(authority.substr(1, close - 1));
    port = authority.substr(close + 1);
    if (!port.empty() && port.front() != ':') return bad_url(url, "nothing but a port may follow the bracket.");
  } else {
    const auto colon = authority.find(':');
    out.host = std::string(authority.substr(0, colon));
    port = colon == std::string_view::npos ? std::string_view() : authority.substr(colon);
  }
  if (out.host.empty() || out.host.find_first_of(" \t\r\n\\") != std::string::npos) {
    return bad_url(url, "it names no host.");
  }
  if (!port.empty()) {
    const auto number = base::parse_u64(port.substr(1));
    if (!number || *number == 0 || *number > 65535) return bad_url(url, "its port is not between 1 and 65535.");
    out.port = static_cast<std::uint16_t>(*number);
  }
  return out;
}

std::string login_file(const Paths& paths) {
  return (std::filesystem::path(paths.config_file).parent_path() / "cli.json").string();
}

base::Result<std::optional<SavedLogin>> load_login(const std::string& path) {
  const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) {
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<SavedLogin>();
    return file_error("read", path);
  }
  std::string text(64 * 1024, '\0');
  const ssize_t size = ::read(fd.get(), text.data(), text.size());
  if (size < 0) return file_error("read", path);
  text.resize(static_cast<std::size_t>(size));
  const auto json = record::parse_json(text);
  const bool usable = json && json->is_object() && json->contains("url") && (*json)["url"].is_string() &&
                      (!json->contains("token") || (*json)["token"].is_string()) &&
                      (!json->contains("ca_file") || (*json)["ca_file"].is_string());
  if (!usable) {
    return Error(Errc::invalid_json, path + " is not what \"duotty login\" wrote. Remove it with: duotty logout");
  }
  return std::optional<SavedLogin>(SavedLogin{(*json)["url"].get<std::string>(),
                                              base::Secret(json->value("token", std::string())),
                                              json->value("ca_file", std::string())});
}

base::Result<> save_login(const std::string& path, const SavedLogin& login) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code failed;
  if (!std::filesystem::exists(folder, failed)) {
    std::filesystem::create_directories(folder, failed);
    if (failed) return Error(Errc::io, "Cannot make " + folder.string() + ": " + failed.message() + ".");
    ::chmod(folder.c_str(), 0700);
  }
  nlohmann::json json = {{"url", login.url}, {"token", std::string(login.token.reveal())}};
  if (!login.ca_file.empty()) json["ca_file"] = login.ca_file;
  return core::replace_file(path, json.dump(2) + "\n", {});
}

base::Result<bool> remove_login(const std::string& path) {
  if (::unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return file_error("remove", path);
}

std::string chosen_ca_file(const Globals& globals, const Environment& environment) {
  const std::string given = globals.ca_file.empty() ? environment.get("DUOTTY_CA_FILE") : globals.ca_file;
  return given.empty() ? given : (std::filesystem::path(environment.cwd) / given).lexically_normal().string();
}

base::Result<Endpoint> resolve_endpoint(const Globals& globals, const Environment& environment, const Paths& paths) {
  Endpoint unix_socket;
  unix_socket.socket_path = paths.socket_path;
  if (globals.local) return unix_socket;
  std::string url = globals.url.empty() ? environment.get("DUOTTY_URL") : globals.url;
  base::Secret token(globals.token.empty() ? environment.get("DUOTTY_TOKEN") : globals.token);
  std::string ca_file = chosen_ca_file(globals, environment);
  if (url.empty() || token.empty()) {
    auto saved = load_login(login_file(paths));
    if (!saved) return saved.error();
    if (url.empty() && !*saved) return unix_socket;
    if (url.empty()) url = (*saved)->url;
    // A saved token goes to the server it was saved for and to no other.
    const bool same = *saved && (*saved)->url == url;
    if (token.empty() && same) token = (*saved)->token;
    if (ca_file.empty() && same) ca_file = (*saved)->ca_file;
  }
  auto endpoint = parse_url(url);
  if (!endpoint) return endpoint.error();
  endpoint->token = std::move(token);
  endpoint->ca_file = std::move(ca_file);
  return endpoint;
}

}  // namespace duotty::cli
