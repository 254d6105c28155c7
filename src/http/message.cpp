#include <algorithm>
#include <duotty/base/text.hpp>
#include <duotty/http/message.hpp>
#include <duotty/rpc/dispatcher.hpp>
#include <nlohmann/json.hpp>

namespace duotty::http {

void Headers::set(std::string name, std::string value) {
  remove(name);
  add(std::move(name), std::move(value));
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [name](const Field& field) { return base::iequals(field.first, name); });
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const Field& field : fields_) {
    if (base::iequals(field.first, name)) return field.second;
  }
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
  const auto same = [name](const Field& field) { return base::iequals(field.first, name); };
  return static_cast<std::size_t>(std::count_if(fields_.begin(), fields_.end(), same));
}

bool Headers::has_token(std::string_view name, std::string_view token) const {
  for (const Field& field : fields_) {
    if (!base::iequals(field.first, name)) continue;
    for (const std::string_view part : base::split(field.second, ',')) {
      if (base::iequals(base::trim(part), token)) return true;
    }
  }
  return false;
}

std::optional<std::string_view> Request::parameter(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::string Request::base_url() const {
  const std::string_view host = headers.get("Host");
  if (host.empty()) return {};
  return (peer.tls ? "https://" : "http://") + std::string(host);
}

bool Request::wants_websocket() const {
  return method == "GET" && version == Version::http_1_1 && headers.has_token("Upgrade", "websocket") &&
         headers.has_token("Connection", "upgrade");
}

Response json_response(std::string json, int status) {
  return text_response(std::move(json), "application/json", status);
}

Response text_response(std::string text, std::string media_type, int status) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", std::move(media_type));
  response.body = std::move(text);
  return response;
}

Response error_response(int status, const base::Error& error) {
  // What cannot be said in UTF-8 is said with replacement characters: an error about bad text must not fail itself.
  const std::string json = rpc::error_body(error).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  Response response = json_response(json, status);
  if (status == 401) response.headers.add("WWW-Authenticate", "Bearer");
  if (error.code() == base::Errc::rate_limited) response.headers.add("Retry-After", "6");
  if (status == 503) response.headers.add("Retry-After", "2");
  return response;
}

Response error_response(const base::Error& error) {
  return error_response(error.http_status(), error);
}

Response redirect_response(std::string location, int status) {
  Response response;
  response.status = status;
  response.headers.add("Location", std::move(location));
  return response;
}

std::string_view reason_phrase(int status) {
  static constexpr std::pair<int, std::string_view> names[] = {{100, "Continue"},
                                                               {101, "Switching Protocols"},
                                                               {200, "OK"},
                                                               {201, "Created"},
                                                               {202, "Accepted"},
                                                               {204, "No Content"},
                                                               {206, "Partial Content"},
                                                               {301, "Moved Permanently"},
                                                               {302, "Found"},
                                                               {303, "See Other"},
                                                               {304, "Not Modified"},
                                                               {307, "Temporary Redirect"},
                                                               {308, "Permanent Redirect"},
                                                               {400, "Bad Request"},
                                                               {401, "Unauthorized"},
                                                               {403, "Forbidden"},
                                                               {404, "Not Found"},
                                                               {405, "Method Not Allowed"},
                                                               {406, "Not Acceptable"},
                                                               {408, "Request Timeout"},
                                                               {409, "Conflict"},
                                                               {410, "Gone"},
                                                               {412, "Precondition Failed"},
                                                               {413, "Content Too Large"},
                                                               {414, "URI Too Long"},
                                                               {415, "Unsupported Media Type"},
                                                               {416, "Range Not Satisfiable"},
                                                               {417, "Expectation Failed"},
                                                               {421, "Misdirected Request"},
                                                               {422, "Unprocessable Content"},
                                                               {426, "Upgrade Required"},
                                                               {429, "Too Many Requests"},
                                                               {431, "Request Header Fields Too Large"},
                                                               {499, "Client Closed Request"},
                                                               {500, "Internal Server Error"},
                                                               {501, "Not Implemented"},
                                                               {502, "Bad Gateway"},
                                                               {503, "Service Unavailable"},
                                                               {504, "Gateway Timeout"},
                                                               {505, "HTTP Version Not Supported"}};
  for (const auto& [code, name] : names) {
    if (code == status) return name;
  }
  return "Unknown";
}

}  // namespace duotty::http
