#include <duotty/session/types.hpp>
#include <nlohmann/json.hpp>

namespace duotty::session {

std::string encode_meta(const Meta& meta) {
  return nlohmann::json{{"id", meta.id},
                        {"name", meta.name},
                        {"type", meta.type},
                        {"connection_id", meta.connection_id},
                        {"host", meta.host},
                        {"port", meta.port},
                        {"username", meta.username},
                        {"created_by", meta.created_by},
                        {"owner", meta.owner},
                        {"created_at", meta.created_at},
                        {"ttl_seconds", meta.ttl_seconds},
                        {"user_visible", meta.user_visible},
                        {"transient", meta.transient},
                        {"tags", meta.tags},
                        {"shell", meta.shell},
                        {"epoch", meta.epoch},
                        {"nonce", meta.nonce},
                        {"script_dir", meta.script_dir},
                        {"integration_planned", meta.integration_planned},
                        {"ask_enabled", meta.ask_enabled},
                        {"size_policy", name(meta.size_policy)},
                        {"cols", meta.cols},
                        {"rows", meta.rows}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<Meta> decode_meta(std::string_view bytes) {
  const auto json = nlohmann::json::parse(bytes, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  Meta meta;
  const auto read = [&](const char* key, auto& member) {
    if (const auto found = json.find(key); found != json.end()) found->get_to(member);
  };
  try {
    read("id", meta.id);
    read("name", meta.name);
    read("type", meta.type);
    read("connection_id", meta.connection_id);
    read("host", meta.host);
    read("port", meta.port);
    read("username", meta.username);
    read("created_by", meta.created_by);
    read("owner", meta.owner);
    read("created_at", meta.created_at);
    read("ttl_seconds", meta.ttl_seconds);
    read("user_visible", meta.user_visible);
    read("transient", meta.transient);
    read("tags", meta.tags);
    read("shell", meta.shell);
    read("epoch", meta.epoch);
    read("nonce", meta.nonce);
    read("script_dir", meta.script_dir);
    read("integration_planned", meta.integration_planned);
    read("ask_enabled", meta.ask_enabled);
    read("cols", meta.cols);
    read("rows", meta.rows);
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
  meta.size_policy = size_policy(json.value("size_policy", std::string("active"))).value_or(SizePolicy::active);
  return meta;
}

std::string_view name(ShellState state) noexcept {
  switch (state) {
    case ShellState::prompt:
      return "prompt";
    case ShellState::running:
      return "running";
    case ShellState::exited:
      return "exited";
    case ShellState::unknown:
      break;
  }
  return "unknown";
}

}  // namespace duotty::session
