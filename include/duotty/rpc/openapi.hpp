#pragma once
// What is derived from the table for people and programs: OpenAPI 3.1, TypeScript, the reference in Markdown.
#include <duotty/rpc/method.hpp>

namespace duotty::rpc {

/// The OpenAPI 3.1 document of every method that has an HTTP binding.
Json openapi(const Table& table, const std::string& version);
/// web/src/gen/api.ts: parameter and result types, and one entry a method for the typed client.
std::string typescript_client(const Table& table);
/// The reference as Markdown: one section a method with parameters, result and example.
std::string markdown_reference(const Table& table);
/// The parts of a path template that are captures: "/a/{b}/{c}" -> {"b","c"}.
std::vector<std::string> captures(std::string_view path);

}  // namespace duotty::rpc
