#pragma once
// `duotty files`: listing, copying and removing files of the server's machine, or behind one of its SSH connections.
#include <string>
#include <vector>

#include "context.hpp"

namespace duotty::cli {

struct FilesOptions {
  std::string action;  ///< "ls", "get", "put", "cat", "rm", "sync", "edit"
  std::vector<std::string> words;
  std::string first;   ///< of the words, ls, get, cat, rm: a path there; put: a file here; sync, edit: NAME:PATH
  std::string second;  ///< get: a file here; put: a path there; empty: the same name
  std::string connection;
  bool force = false;      ///< get, put: replace what is there
  bool recursive = false;  ///< get, put, rm: with all that is in it
  bool all = false;        ///< ls: also hidden ones
  bool remove = false;     ///< sync: what the source does not have goes
  bool dry_run = false;    ///< sync: only say what would be done
};

/// A line that shows how far a transfer is: name, part, bytes, rate, time left. Pure.
std::string progress_line(const std::string& name, double before, double done, double size, double seconds,
                          int columns);

Task<int> files_command(Context& context, Remote& remote, FilesOptions options);

}  // namespace duotty::cli
