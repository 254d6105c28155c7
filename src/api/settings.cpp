
#include <array>
#include <cerrno>
#include <cstring>
#include <duotty/api/settings.hpp>
#include <duotty/core/replace_file.hpp>
#include <duotty/record/json_text.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace duotty::api {
namespace {

constexpr std::array kSecrets = {"api_key", "agent_api_token", "web_access_key"};

std::string mask(const std::string& secret) {
  return secret.size() > 12 ? secret.substr(0, 8) + "****" + secret.substr(secret.size() - 4) : "****";
}

nlohmann::json defaults() {
  return {{"api_format", ""},     {"base_url", ""}, {"api_key", ""},     {"models", nlohmann::json::array()},
          {"selected_model", ""}, {"language", ""}, {"theme", "system"}, {"agent_api_token", ""},
          {"web_access_key", ""}};
}

}  // namespace

Settings::Settings(std::string path) : path_(std::move(path)), json_(std::make_unique<Json>(defaults())) {
  std::ifstream file(path_, std::ios::binary);
  if (!file) {
    if (errno != ENOENT) trouble_ = path_ + " could not be read: " + std::strerror(errno) + ".";
    return;
  }
  std::ostringstream bytes;
  bytes << file.rdbuf();
  auto parsed = record::parse_json(bytes.str());
  if (!parsed || !parsed->is_object()) {
    trouble_ = path_ + " is not a JSON object" + (parsed ? "." : ": " + parsed.error().message()) +
               " It is left as it is; mend it and restart.";
    return;
  }
  json_->update(*parsed);
}

Settings::~Settings() = default;

std::string Settings::text(const char* key) const {
  const auto found = json_->find(key);
  return found != json_->end() && found->is_string() ? found->get<std::string>() : std::string{};
}

bool Settings::flag(const char* key, bool fallback) const {
  const auto found = json_->find(key);
  return found != json_->end() && found->is_boolean() ? found->get<bool>() : fallback;
}

std::int64_t Settings::number(const char* key, std::int64_t fallback, std::int64_t most) const {
  const auto found = json_->find(key);
  if (found == json_->end() || !found->is_number_integer()) return fallback;
  const auto value = found->get<std::int64_t>();
  return value >= 0 && value <= most ? value : fallback;
}

Settings::Json Settings::masked() const {
  Json out = *json_;
  for (const char* key : kSecrets) {
    if (const std::string secret = text(key); !secret.empty()) out[key] = mask(secret);
  }
  return out;
}

base::Result<> Settings::merge(const Json& changes) {
  if (!trouble_.empty()) return base::Error(base::Errc::conflict, "The settings were not saved: " + trouble_);
  Json next = *json_;
  for (const auto& [key, value] : changes.items()) {
    const bool secret = std::find(kSecrets.begin(), kSecrets.end(), key) != kSecrets.end();
    if (secret && value.is_string()) {
      const auto& word = value.get_ref<const std::string&>();
      if (word.find("****") != std::string::npos || (word.empty() && !text(key.c_str()).empty())) continue;
    }
    next[key] = value;
  }
  if (auto saved = save(next); !saved) return saved;
  *json_ = std::move(next);
  return {};
}

base::Result<> Settings::save(const Json& json) const {
  const std::string text = json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  const auto written = core::replace_file(path_, text, {.follows = true});
  if (written) return {};
  return base::Error(base::Errc::io, "The settings were not saved: " + written.error().message());
}

std::vector<std::string> Settings::secrets() const {
  std::vector<std::string> out;
  for (const char* key : kSecrets) {
    if (std::string secret = text(key); !secret.empty()) out.push_back(std::move(secret));
  }
  return out;
}

}  // namespace duotty::api
