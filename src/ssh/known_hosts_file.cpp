// Adding to a list of known hosts that ssh itself also adds to.
#include <duotty/core/replace_file.hpp>
#include <duotty/ssh/config_file.hpp>
#include <duotty/ssh/known_hosts.hpp>

namespace duotty::ssh {
namespace {

constexpr int kAttempts = 5;

/// The file's text; empty when there is none.
base::Result<std::string> text_of_file(const std::string& path) {
  auto text = read_config_text(path, kMostKnownHosts);
  if (!text && text.error().code() == base::Errc::not_found) return std::string();
  return text;
}

}  // namespace

base::Result<> add_known_host(const std::string& path, std::string_view host, std::uint16_t port, const HostKey& key,
                              bool hashed) {
  const auto line = known_host_line(host, port, key, hashed);
  if (!line) return line.error();
  auto text = text_of_file(path);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (!text) return text.error();
    std::string whole = *text;
    if (!whole.empty() && whole.back() != '\n') whole += '\n';
    whole += *line + "\n";
    if (whole.size() > kMostKnownHosts) return base::Error(base::Errc::too_large, path + " is full. Remove old lines.");
    // Somebody may have added a line meanwhile: then it is read once more.
    auto now = text_of_file(path);
    if (!now) return now.error();
    if (*now == *text) {
      return core::replace_file(path, whole, {.mode = 0600, .keeps_mode = true, .follows = true, .shared = true});
    }
    text = std::move(now);
  }
  return base::Error(base::Errc::io, path + " is being written to all the time. Try again.");
}

}  // namespace duotty::ssh
