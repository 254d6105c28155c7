// Any text as OpenSSH's configuration, with any text behind its includes: it is read and asked in bounded work, twice
// the same, and what is said of it can be shown.
#include <cstdint>
#include <duotty/base/text.hpp>
#include <duotty/ssh/config_file.hpp>
#include <duotty/ssh/names.hpp>

#include "require.hpp"

namespace {

using duotty::fuzz::require;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace duotty;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto middle = size / 2;
  // An include brings the second half, which may include itself.
  const ssh::IncludeFiles include = [&](const std::string&,
                                        std::size_t left) -> base::Result<std::vector<ssh::IncludedFile>> {
    const std::string half(text.substr(middle));
    if (half.size() > left) return base::Error(base::Errc::too_large, "too long");
    return std::vector<ssh::IncludedFile>{{"half", half}};
  };
  ssh::ConfigLimits limits;
  limits.text = 1 << 16;
  limits.lines = 2000;
  limits.files = 32;
  limits.effort = 20'000;
  const auto file = ssh::ConfigFile::parse(text, "config", include, limits);
  if (!file) return 0;
  require(file->notes().size() <= 100, "too many notes");
  std::vector<std::string> hosts = file->names();
  for (const std::string& name : hosts) require(!name.empty() && name.front() != '-', "a name that reads like an option");
  if (hosts.size() > 4) hosts.resize(4);
  hosts.emplace_back("box.example.org");
  for (const std::string& host : hosts) {
    const auto config = file->lookup(host, "", "me");
    const auto again = file->lookup(host, "", "me");
    require(config.has_value() == again.has_value(), "asked twice, answered differently");
    if (!config) continue;
    require(config->host_name == again->host_name && config->user == again->user, "asked twice, answered differently");
    require(!config->port || *config->port > 0, "a port that is none");
    require(config->identity_files.size() <= 100, "too many keys");
  }
  static_cast<void>(ssh::parse_jumps(text));
  return 0;
}
