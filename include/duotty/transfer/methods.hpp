#pragma once
// Transfers as methods of the table.
#include <duotty/files/methods.hpp>
#include <duotty/transfer/desk.hpp>

namespace duotty::transfer {

/// What the methods work on; everything outlives the method table.
struct Services {
  files::Places* places = nullptr;
  Desk* desk = nullptr;
  /// Whether what made this caller still holds; may be empty.
  std::function<bool(const rpc::Caller&)> still_valid;
};

/// Declares the methods. With null services (the command line) rows can be read but not run.
void add_methods(rpc::Table& table, Services* services);

/// What an event tells of a transfer.
nlohmann::json event_of(const Transfer& transfer);

}  // namespace duotty::transfer
