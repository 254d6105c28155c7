#pragma once
// The configuration files of programs that speak MCP, and how this server is entered there. Texts in, texts out.
#include <duotty/base/error.hpp>
#include <string>
#include <vector>

#include "environment.hpp"

namespace duotty::cli {

/// Where a program keeps its servers.
struct ClientFile {
  enum class Format { json, toml };
  std::string path;
  Format format = Format::json;
  std::string section;   ///< of JSON: "mcpServers", "servers"
  bool project = false;  ///< belongs to the folder and to everybody who has it
};

/// The names that client_file() knows.
const std::vector<std::string>& known_clients();
/// The file of a program: the person's own, or that of the folder. Error unsupported: the program has no such file.
base::Result<ClientFile> client_file(const std::string& client, const Environment& environment, bool project);

/// `text` with this server in it, started by `command`; everything else stays. Errors: unsupported, when the file is
/// written in a way that would not survive.
base::Result<std::string> with_server(const ClientFile& file, const std::string& text,
                                      const std::vector<std::string>& command);
/// The entry alone, to be pasted.
std::string server_entry(const ClientFile& file, const std::vector<std::string>& command);
/// What changes from one text to the other: lines with - and +, with a little around them.
std::string changed_lines(const std::string& before, const std::string& after);

}  // namespace duotty::cli
