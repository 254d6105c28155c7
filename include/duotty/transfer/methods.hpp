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
  /// A caller of an earlier worker with the rights that are left of it; may be empty.
  std::function<std::optional<rpc::Caller>(const rpc::Caller&)> as_of_now;
};

/// Declares the methods. With null services (the command line) rows can be read but not run.
void add_methods(rpc::Table& table, Services* services);

/// Finds the places of an order that an earlier worker has left, with the rights that its caller has now. Errors:
/// unauthenticated, and those of finding places.
Task<Result<>> reopen(Services& services, Order& order);

/// What an event tells of a transfer.
nlohmann::json event_of(const Transfer& transfer);

}  // namespace duotty::transfer
