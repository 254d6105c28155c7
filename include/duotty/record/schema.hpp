#pragma once
// Record -> JSON Schema (draft 2020-12, the dialect of OpenAPI 3.1 and MCP). Needs full JSON, like codec.hpp.
#include <duotty/record/codec.hpp>

namespace duotty::record {

/// Parameters may leave out what is not required; results always carry every member that is not omit_empty().
enum class Role { parameters, result };

namespace detail {

/// What a member holds when it holds something.
template <class T>
struct without_optional {
  using type = T;
};
template <class T>
struct without_optional<std::optional<T>> {
  using type = T;
};

template <class T>
Json schema_of(Role role) {
  if constexpr (std::is_same_v<T, Json>) {
    return Json::object();
  } else if constexpr (std::is_same_v<T, bool>) {
    return {{"type", "boolean"}};
  } else if constexpr (std::is_integral_v<T>) {
    return {{"type", "integer"}};
  } else if constexpr (std::is_floating_point_v<T>) {
    return {{"type", "number"}};
  } else if constexpr (std::is_same_v<T, std::string>) {
    return {{"type", "string"}};
  } else if constexpr (is_optional<T>::value) {
    Json inner = schema_of<typename is_optional<T>::item>(role);
    if (inner.contains("type") && inner["type"].is_string()) inner["type"] = Json::array({inner["type"], "null"});
    return inner;
  } else if constexpr (is_vector<T>::value) {
    return {{"type", "array"}, {"items", schema_of<typename is_vector<T>::item>(role)}};
  } else if constexpr (is_map<T>::value) {
    return {{"type", "object"}, {"additionalProperties", schema_of<typename is_map<T>::item>(role)}};
  } else {
    Json properties = Json::object();
    Json required = Json::array();
    const T defaults{};
    for_each_field<T>([&](const auto& field) {
      using Member = typename std::decay_t<decltype(field)>::Member;
      Json one = schema_of<Member>(role);
      one["description"] = std::string(field.doc);
      if (field.bounded) {
        using Value = typename without_optional<Member>::type;
        constexpr bool text = std::is_same_v<Value, std::string>;
        constexpr bool map = is_map<Value>::value;
        constexpr bool list = is_vector<Value>::value;
        const char* low = text ? "minLength" : map ? "minProperties" : list ? "minItems" : "minimum";
        const char* high = text ? "maxLength" : map ? "maxProperties" : list ? "maxItems" : "maximum";
        const bool whole = field.minimum == std::floor(field.minimum) && field.maximum == std::floor(field.maximum);
        one[low] = whole ? Json(static_cast<std::int64_t>(field.minimum)) : Json(field.minimum);
        one[high] = whole ? Json(static_cast<std::int64_t>(field.maximum)) : Json(field.maximum);
      }
      if (field.choices.count != 0) {
        Json words = Json::array();
        for (int i = 0; i < field.choices.count; ++i) words.push_back(field.choices.words[i]);
        one["enum"] = std::move(words);
      }
      if (field.is_required || (role == Role::result && !field.skip_empty)) {
        required.push_back(std::string(field.name));
      } else if (Json value = encode_value(defaults.*(field.member)); !value.is_null()) {
        one["default"] = std::move(value);
      }
      properties[std::string(field.name)] = std::move(one);
    });
    Json out = {{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) out["required"] = std::move(required);
    return out;
  }
}

}  // namespace detail

/// The JSON Schema of a record, nested records inline.
template <class T>
Json schema(Role role) {
  return detail::schema_of<T>(role);
}

/// The TypeScript type of a JSON Schema, as text (`{ id: string; cwd: string | null }`).
std::string typescript(const Json& schema, int indent = 0);

}  // namespace duotty::record
