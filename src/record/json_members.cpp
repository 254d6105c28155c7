#include <algorithm>
#include <cmath>
#include <duotty/record/json_members.hpp>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

namespace duotty::record {
namespace {

using nlohmann::json;
using Whole = std::numeric_limits<std::int64_t>;

constexpr double kTwoTo63 = 9223372036854775808.0;

std::int64_t whole(double number) {
  if (number >= kTwoTo63) return Whole::max();
  return number >= -kTwoTo63 ? static_cast<std::int64_t>(number) : Whole::min();
}

}  // namespace

const json& member_of(const json& object, std::string_view name) {
  static const json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

std::string text_of(const json& object, std::string_view name, std::string fallback) {
  const json& value = member_of(object, name);
  return value.is_string() ? value.get<std::string>() : std::move(fallback);
}

double number_of(const json& object, std::string_view name, double fallback) {
  const json& value = member_of(object, name);
  return value.is_number() ? value.get<double>() : fallback;
}

std::int64_t integer_of(const json& object, std::string_view name, std::int64_t fallback) {
  const json& value = member_of(object, name);
  if (value.is_number_unsigned()) {
    return static_cast<std::int64_t>(std::min<std::uint64_t>(value.get<std::uint64_t>(), Whole::max()));
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  return value.is_number_float() && !std::isnan(value.get<double>()) ? whole(value.get<double>()) : fallback;
}

std::optional<int> int_of(const json& object, std::string_view name) {
  const json& value = member_of(object, name);
  if (!value.is_number_integer()) return std::nullopt;
  const std::int64_t number = integer_of(object, name);
  return std::in_range<int>(number) ? std::optional(static_cast<int>(number)) : std::nullopt;
}

bool flag_of(const json& object, std::string_view name, bool fallback) {
  const json& value = member_of(object, name);
  return value.is_boolean() ? value.get<bool>() : fallback;
}

const json& list_of(const json& object, std::string_view name) {
  static const json kNone = json::array();
  const json& value = member_of(object, name);
  return value.is_array() ? value : kNone;
}

}  // namespace duotty::record
