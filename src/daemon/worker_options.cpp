#include "worker_options.hpp"

#include <duotty/base/text.hpp>
#include <duotty/daemon/paths.hpp>

namespace duotty::daemon {

std::vector<std::string> encode_options(const cli::ServeOptions& options) {
  std::vector<std::string> words;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) words.insert(words.end(), {name, value});
  };
  add("--host", options.host);
  if (options.port) add("--port", std::to_string(*options.port));
  add("--home", options.home);
  add("--name", options.name);
  add("--web-dir", options.web_dir);
  for (const auto& host : options.allow_hosts) add("--allow-host", host);
  add("--log-level", options.verbose ? "debug" : options.log_level);
  add("--tls-cert", options.tls_cert);
  add("--tls-key", options.tls_key);
  if (options.tls_self_signed) words.emplace_back("--tls-self-signed");
  if (options.require_key) words.emplace_back("--require-key");
  if (options.insecure_http) words.emplace_back("--insecure-http");
  if (!options.history) words.emplace_back("--no-history");
  return words;
}

base::Result<cli::ServeOptions> decode_options(const std::vector<std::string>& words) {
  cli::ServeOptions options;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--require-key") {
      options.require_key = true;
    } else if (word == "--insecure-http") {
      options.insecure_http = true;
    } else if (word == "--tls-self-signed") {
      options.tls_self_signed = true;
    } else if (word == "--no-history") {
      options.history = false;
    } else if (i + 1 < words.size()) {
      const std::string& value = words[++i];
      const auto port = base::parse_u64(value);
      if (word == "--host") {
        options.host = value;
      } else if (word == "--port" && port && *port <= 65535) {
        options.port = static_cast<std::uint16_t>(*port);
      } else if (word == "--home") {
        options.home = value;
      } else if (word == "--name") {
        options.name = value;
      } else if (word == "--web-dir") {
        options.web_dir = value;
      } else if (word == "--allow-host") {
        options.allow_hosts.push_back(value);
      } else if (word == "--tls-cert") {
        options.tls_cert = value;
      } else if (word == "--tls-key") {
        options.tls_key = value;
      } else if (word == "--log-level") {
        options.log_level = value;
      } else if (word != "--keeper-fd") {
        return base::Error(base::Errc::invalid_params, "The worker does not know " + word + ".");
      }
    } else {
      return base::Error(base::Errc::invalid_params, "The worker does not know " + word + ".");
    }
  }
  return options;
}

base::Result<> apply_environment(cli::ServeOptions& options) {
  if (options.host.empty()) options.host = environment("HOST");
  if (options.host.empty()) options.host = "127.0.0.1";
  if (!options.port) {
    const std::string text = environment("PORT");
    const auto port = base::parse_u64(text);
    if (!text.empty() && (!port || *port > 65535)) {
      return base::Error(base::Errc::invalid_params,
                         "PORT must be a number from 0 to 65535, not \"" + base::shorten(text, 40) + "\".");
    }
    options.port = static_cast<std::uint16_t>(port.value_or(3000));
  }
  const std::string debug = base::to_lower(environment("DEBUG"));
  if (options.log_level.empty() && (debug == "1" || debug == "true" || debug == "yes" || debug == "on"))
    options.log_level = "debug";
  return {};
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host == "[::1]" || host.compare(0, 4, "127.") == 0;
}

}  // namespace duotty::daemon
