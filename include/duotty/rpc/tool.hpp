#pragma once
// How a method of the table appears to models, as a tool of the Model Context Protocol (src/mcp). Everything else about
// the tool follows from the method's row. A method that has no binding is reached by the tool `api_call`.

namespace duotty::rpc {

/// One method as a tool.
struct ToolBinding {
  const char* method = "";   ///< name of the row: "terminal.exec"
  const char* name = "";     ///< name of the tool: "terminal_exec"
  const char* title = "";    ///< for people: "Run a command"
  const char* about = "";    ///< for models; empty: the row's own paragraph
  const char* hidden = "";   ///< parameters that models need not see, separated by spaces
  bool destructive = false;  ///< may end or overwrite what is there
  bool open_world = false;   ///< reaches beyond what the server keeps
  bool details = false;      ///< its errors carry facts (Call::details), and its output schema says so
};

}  // namespace duotty::rpc
