#pragma once
// Requests of the revisions without a handshake: each says by itself which revision it speaks.
#include "engine.hpp"

namespace duotty::mcp {

/// True for a message that carries its revision, or asks what there is.
bool is_stateless(const Message& message);
/// The revision that a message says it speaks; empty when it says none.
std::string stated_revision(const Message& message);
/// What is wrong with the metadata of a request, if anything.
std::optional<Failure> check_metadata(const Message& message);
/// Runs a request whose metadata is good. `subscriptions/listen` runs until it is cancelled. `identity` says who asks;
/// its revision, method, parameters and log level are taken from the message.
Task<Outcome> answer_stateless(core::asio::any_io_executor executor, const Engine& engine, Request identity,
                               Message message);

}  // namespace duotty::mcp
