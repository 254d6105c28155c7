#include <algorithm>
#include <cstdlib>
#include <duotty/record/codec.hpp>

namespace duotty::record::detail {
namespace {

std::string label(const std::string& path) {
  return path.empty() ? "The body" : "\"" + path + "\"";
}

std::string number(double value) {
  if (value == std::floor(value) && std::fabs(value) < 1e15) return std::to_string(static_cast<long long>(value));
  std::string text = std::to_string(value);
  while (text.back() == '0') text.pop_back();
  return text;
}

std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

base::Error wrong_type(const std::string& path, const char* expected, const Json& got) {
  return {base::Errc::invalid_params, label(path) + " must be " + expected + ", not " + got.type_name() + ".", path};
}

base::Error out_of_range(const std::string& path, double low, double high, const char* what) {
  return {base::Errc::invalid_params,
          label(path) + " must be between " + number(low) + " and " + number(high) + what + ".", path};
}

base::Error not_a_choice(const std::string& path, const Choices& choices) {
  std::string words;
  for (int i = 0; i < choices.count; ++i) words += (i == 0 ? "" : ", ") + std::string(choices.words[i]);
  return {base::Errc::invalid_params, label(path) + " must be one of: " + words + ".", path};
}

base::Error missing(const std::string& path) {
  return {base::Errc::invalid_params, label(path) + " is required.", path};
}

base::Error unknown_field(const std::string& path, const std::string& name, const std::string& suggestion) {
  const std::string full = path.empty() ? name : path + "." + name;
  const std::string shown = base::shorten(full, 80);
  return {
      base::Errc::invalid_params,
      "There is no parameter \"" + shown + "\"." + (suggestion.empty() ? "" : " Did you mean \"" + suggestion + "\"?"),
      shown};
}

std::string nearest(const std::string& name, const std::vector<std::string>& known) {
  std::string best;
  std::size_t best_distance = 3;
  if (name.size() > 64) return best;
  for (const auto& candidate : known) {
    const auto d = distance(name, candidate);
    if (d < best_distance && d < candidate.size()) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

base::Result<bool> to_bool(const Json& json, const std::string& path, From from) {
  if (json.is_boolean()) return json.get<bool>();
  if (from == From::text && json.is_string()) {
    const std::string word = base::to_lower(json.get_ref<const std::string&>());
    if (word == "true" || word == "1" || word == "yes" || word == "on") return true;
    if (word == "false" || word == "0" || word == "no" || word == "off") return false;
  }
  return wrong_type(path, "true or false", json);
}

base::Result<std::int64_t> to_int(const Json& json, const std::string& path, From from) {
  if (json.is_number_unsigned()) {
    const auto value = json.get<std::uint64_t>();
    if (value <= static_cast<std::uint64_t>(INT64_MAX)) return static_cast<std::int64_t>(value);
    return wrong_type(path, "an integer below 2^63", json);
  }
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number_float()) {
    const double value = json.get<double>();
    if (value == std::floor(value) && std::fabs(value) < 9e15) return static_cast<std::int64_t>(value);
  }
  if (from == From::text && json.is_string()) {
    const auto& text = json.get_ref<const std::string&>();
    const bool negative = !text.empty() && text.front() == '-';
    const auto magnitude = base::parse_u64(std::string_view(text).substr(negative ? 1 : 0));
    if (magnitude && *magnitude <= static_cast<std::uint64_t>(INT64_MAX)) {
      const auto value = static_cast<std::int64_t>(*magnitude);
      return negative ? -value : value;
    }
  }
  return wrong_type(path, "an integer", json);
}

base::Result<double> to_number(const Json& json, const std::string& path, From from) {
  if (json.is_number()) return json.get<double>();
  if (from == From::text && json.is_string()) {
    const auto& text = json.get_ref<const std::string&>();
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (!text.empty() && end == text.c_str() + text.size() && std::isfinite(value)) return value;
  }
  return wrong_type(path, "a number", json);
}

base::Result<std::string> to_text(const Json& json, const std::string& path, From) {
  if (!json.is_string()) return wrong_type(path, "text", json);
  return json.get<std::string>();
}

}  // namespace duotty::record::detail
