#pragma once
// Recordings as methods of the table.
#include <duotty/recording/desk.hpp>

namespace duotty::session {
class EventLog;
}
namespace duotty::rpc {
class Table;
}

namespace duotty::recording {

/// What the methods work on; everything outlives the method table.
struct Services {
  session::Registry* registry = nullptr;
  session::EventLog* events = nullptr;
  Desk* desk = nullptr;
};

/// Declares the methods. With null services (the command line) rows can be read but not run.
void add_methods(rpc::Table& table, Services* services);

}  // namespace duotty::recording
