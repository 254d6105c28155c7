#include <algorithm>
#include <duotty/base/text.hpp>

#include "decoder.hpp"
#include "json_read.hpp"

namespace duotty::llm {

using nlohmann::json;

namespace {
constexpr std::size_t most_models = 2000;
constexpr std::size_t longest_model_name = 256;

/// Where the names stand: {"data": [...]}, {"models": [...]} or the list itself.
const json& model_rows(const json& body) {
  if (body.is_array()) return body;
  const json& data = record::member_of(body, "data");
  return data.is_array() ? data : record::member_of(body, "models");
}

std::string model_name(const json& row) {
  if (row.is_string()) return text_of(row);
  for (const std::string_view name : {"id", "model", "name"}) {
    if (std::string text = record::text_of(row, name); !text.empty()) return text;
  }
  return {};
}

/// Names go into menus and requests: printable, no blanks but inner spaces.
bool usable(const std::string& name) {
  return !name.empty() && name.size() <= longest_model_name && base::is_utf8(name) &&
         std::none_of(name.begin(), name.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte < 0x20 || byte == 0x7f;
         });
}
}  // namespace

std::vector<http::ClientHeader> auth_headers(const Provider& provider) {
  std::vector<http::ClientHeader> headers;
  const std::string key(base::trim(provider.api_key.reveal()));
  if (provider.format == ApiFormat::anthropic) {
    headers.push_back({"anthropic-version", "2023-06-01"});
    if (!key.empty()) headers.push_back({"x-api-key", key});
  } else if (!key.empty()) {
    headers.push_back({"Authorization", "Bearer " + key});
  }
  return headers;
}

std::vector<std::string> decode_models(const json& body) {
  std::vector<std::string> names;
  const json& rows = model_rows(body);
  if (!rows.is_array()) return names;
  for (const json& row : rows) {
    if (names.size() >= most_models) break;
    std::string name = model_name(row);
    if (usable(name) && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace duotty::llm
