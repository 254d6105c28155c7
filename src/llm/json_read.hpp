#pragma once
// Reads values of foreign JSON that may be null or of another type: every function is total.
#include <cstdint>
#include <duotty/record/json_members.hpp>
#include <duotty/record/json_text.hpp>
#include <nlohmann/json.hpp>
#include <string>

namespace duotty::llm {

/// The element at `index`, or a null value.
const nlohmann::json& element(const nlohmann::json& array, std::size_t index);
/// The text, or an empty one.
std::string text_of(const nlohmann::json& value);
/// The number if it is one and not negative, else 0.
std::uint64_t count_of(const nlohmann::json& value);
/// The text of a message's content: a string, or a list of parts with a `text` each.
std::string content_text(const nlohmann::json& content);

}  // namespace duotty::llm
