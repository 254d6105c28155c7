#pragma once
// Reads members of JSON that may be missing, null or of another type: every function is total, also for what is no
// object.
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace duotty::record {

/// The member of that name, or a null value.
const nlohmann::json& member_of(const nlohmann::json& object, std::string_view name);
/// A text, or `fallback` when it is absent or of another kind.
std::string text_of(const nlohmann::json& object, std::string_view name, std::string fallback = {});
/// A number, or `fallback`.
double number_of(const nlohmann::json& object, std::string_view name, double fallback = 0);
/// A whole number, or `fallback`; what others wrote as a fraction is cut, what is out of range becomes the bound.
std::int64_t integer_of(const nlohmann::json& object, std::string_view name, std::int64_t fallback = 0);
/// A whole number that an `int` can hold, or nothing.
std::optional<int> int_of(const nlohmann::json& object, std::string_view name);
/// true or false, or `fallback`.
bool flag_of(const nlohmann::json& object, std::string_view name, bool fallback = false);
/// The list, or an empty one.
const nlohmann::json& list_of(const nlohmann::json& object, std::string_view name);

}  // namespace duotty::record
