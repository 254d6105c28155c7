#pragma once
// JSON <-> record. Decoding is exact: the error names the field by its path and says what was expected. This header
// needs full JSON, so only files that declare methods or configuration include it.
#include <cmath>
#include <cstdint>
#include <duotty/base/error.hpp>
#include <duotty/base/text.hpp>
#include <duotty/record/fields.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace duotty::record {

using Json = nlohmann::json;

/// What happens to a member of the object that the record does not have.
enum class Unknown { refuse, ignore };
/// Whether text may stand for a number or truth value, as it must in a query string or on a command line.
enum class From { json, text };

struct DecodeOptions {
  Unknown unknown = Unknown::refuse;
  From from = From::json;
};

namespace detail {

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {
  using item = T;
};
template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {
  using item = T;
};
template <class T>
struct is_map : std::false_type {};
template <class T>
struct is_map<std::map<std::string, T>> : std::true_type {
  using item = T;
};

base::Error wrong_type(const std::string& path, const char* expected, const Json& got);
base::Error out_of_range(const std::string& path, double low, double high, const char* what);
base::Error not_a_choice(const std::string& path, const Choices& choices);
base::Error missing(const std::string& path);
base::Error unknown_field(const std::string& path, const std::string& name, const std::string& suggestion);
/// The known name nearest to `name`, or empty.
std::string nearest(const std::string& name, const std::vector<std::string>& known);

base::Result<bool> to_bool(const Json& json, const std::string& path, From from);
base::Result<std::int64_t> to_int(const Json& json, const std::string& path, From from);
base::Result<double> to_number(const Json& json, const std::string& path, From from);
base::Result<std::string> to_text(const Json& json, const std::string& path, From from);

}  // namespace detail

template <class T>
base::Result<T> decode(const Json& json, DecodeOptions options = {}, const std::string& path = {});

namespace detail {

template <class T>
base::Result<T> decode_value(const Json& json, const std::string& path, DecodeOptions options) {
  if constexpr (std::is_same_v<T, Json>) {
    return json;
  } else if constexpr (std::is_same_v<T, bool>) {
    return to_bool(json, path, options.from);
  } else if constexpr (std::is_integral_v<T>) {
    auto value = to_int(json, path, options.from);
    if (!value) return value.error();
    if (!std::in_range<T>(*value)) {
      return out_of_range(path, static_cast<double>(std::numeric_limits<T>::min()),
                          static_cast<double>(std::numeric_limits<T>::max()), "");
    }
    return static_cast<T>(*value);
  } else if constexpr (std::is_floating_point_v<T>) {
    return to_number(json, path, options.from);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return to_text(json, path, options.from);
  } else if constexpr (is_optional<T>::value) {
    if (json.is_null()) return T{};
    auto value = decode_value<typename is_optional<T>::item>(json, path, options);
    if (!value) return value.error();
    return T{std::move(*value)};
  } else if constexpr (is_vector<T>::value) {
    T out;
    if (options.from == From::text && json.is_string()) {  // a,b,c in a query string
      for (const auto part : base::split(json.get_ref<const std::string&>(), ',')) {
        auto item = decode_value<typename is_vector<T>::item>(Json(std::string(part)), path, options);
        if (!item) return item.error();
        out.push_back(std::move(*item));
      }
      return out;
    }
    if (!json.is_array()) return wrong_type(path, "a list", json);
    for (std::size_t i = 0; i < json.size(); ++i) {
      auto item = decode_value<typename is_vector<T>::item>(json[i], path + "[" + std::to_string(i) + "]", options);
      if (!item) return item.error();
      out.push_back(std::move(*item));
    }
    return out;
  } else if constexpr (is_map<T>::value) {
    if (!json.is_object()) return wrong_type(path, "an object", json);
    T out;
    for (const auto& [key, value] : json.items()) {
      auto item = decode_value<typename is_map<T>::item>(value, path.empty() ? key : path + "." + key, options);
      if (!item) return item.error();
      out.emplace(key, std::move(*item));
    }
    return out;
  } else {
    static_assert(is_record<T>::value, "a field's type must be a record or one of the types above");
    return decode<T>(json, options, path);
  }
}

template <class F, class V>
base::Result<> check_bounds(const F& field, const V& value, const std::string& path) {
  if constexpr (is_optional<V>::value) {
    if (!value) return {};
    return check_bounds(field, *value, path);
  } else {
    if (field.bounded) {
      double measure = 0;
      const char* what = "";
      if constexpr (std::is_arithmetic_v<V>) {
        measure = static_cast<double>(value);
        if (std::isnan(measure)) return out_of_range(path, field.minimum, field.maximum, what);
      } else if constexpr (std::is_same_v<V, std::string>) {
        measure = static_cast<double>(value.size());
        what = " bytes";
      } else if constexpr (is_vector<V>::value || is_map<V>::value) {
        measure = static_cast<double>(value.size());
        what = " items";
      }
      if (measure < field.minimum || measure > field.maximum) {
        return out_of_range(path, field.minimum, field.maximum, what);
      }
    }
    if constexpr (std::is_same_v<V, std::string>) {
      if (field.choices.count != 0) {
        for (int i = 0; i < field.choices.count; ++i) {
          if (value == field.choices.words[i]) return {};
        }
        return not_a_choice(path, field.choices);
      }
    }
    return {};
  }
}

template <class V>
Json encode_value(const V& value);

}  // namespace detail

/// Decodes an object into a record. Fails with invalid_params; the error's field() is the path of the culprit. Null
/// for a member that is not optional counts as absent.
template <class T>
base::Result<T> decode(const Json& json, DecodeOptions options, const std::string& path) {
  if (!json.is_object()) return detail::wrong_type(path, "an object", json);
  T out{};
  std::optional<base::Error> failure;
  for_each_field<T>([&](const auto& field) {
    if (failure) return;
    const std::string name(field.name);
    const std::string here = path.empty() ? name : path + "." + name;
    const auto found = json.find(name);
    if (found == json.end() || found->is_null()) {
      if (field.is_required) failure = detail::missing(here);
      return;
    }
    using Member = typename std::decay_t<decltype(field)>::Member;
    auto value = detail::decode_value<Member>(*found, here, options);
    if (!value) {
      failure = value.error();
      return;
    }
    if (auto bounds = detail::check_bounds(field, *value, here); !bounds) {
      failure = bounds.error();
      return;
    }
    out.*(field.member) = std::move(*value);
  });
  if (failure) return *failure;
  if (options.unknown == Unknown::refuse) {
    std::vector<std::string> known;
    for_each_field<T>([&](const auto& field) { known.emplace_back(field.name); });
    for (const auto& [key, value] : json.items()) {
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        return detail::unknown_field(path, key, detail::nearest(key, known));
      }
    }
  }
  return out;
}

/// Encodes a record as an object with its fields in order of declaration by name (nlohmann sorts keys).
template <class T>
Json encode(const T& value) {
  Json out = Json::object();
  for_each_field<T>([&](const auto& field) {
    const auto& member = value.*(field.member);
    if constexpr (detail::is_optional<std::decay_t<decltype(member)>>::value) {
      if (!member && field.skip_empty) return;
    }
    out[std::string(field.name)] = detail::encode_value(member);
  });
  return out;
}

namespace detail {

template <class V>
Json encode_value(const V& value) {
  if constexpr (std::is_same_v<V, Json>) {
    return value;
  } else if constexpr (is_optional<V>::value) {
    return value ? encode_value(*value) : Json(nullptr);
  } else if constexpr (is_vector<V>::value) {
    Json out = Json::array();
    for (const auto& item : value) out.push_back(encode_value(item));
    return out;
  } else if constexpr (is_map<V>::value) {
    Json out = Json::object();
    for (const auto& [key, item] : value) out[key] = encode_value(item);
    return out;
  } else if constexpr (is_record<V>::value) {
    return encode(value);
  } else {
    return Json(value);
  }
}

}  // namespace detail

}  // namespace duotty::record
