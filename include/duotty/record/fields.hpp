#pragma once
// A record is a plain struct that names its members once:
//
//   struct ExecParams {
//     std::string command;
//     std::optional<std::string> cwd;
//     static constexpr auto fields() {
//       return std::tuple{field("command", &ExecParams::command, "Shell text to run.").required(),
//                         field("cwd", &ExecParams::cwd, "Directory for this command only.")};
//     }
//   };
//
// From that list come JSON decoding with exact errors, encoding, JSON Schema, OpenAPI, command-line flags, TypeScript
// and the reference. A member that is not required keeps the value its struct gives it.
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>

namespace duotty::record {

/// What a field's list of permitted words looks like; empty means any text.
struct Choices {
  static constexpr int kMax = 12;
  const char* words[kMax] = {};
  int count = 0;
};

/// One named member of `T`, with its documentation and bounds. Built by field().
template <class T, class M>
struct Field {
  using Owner = T;
  using Member = M;

  std::string_view name;
  M T::*member;
  std::string_view doc;
  bool is_required = false;
  bool skip_empty = false;  ///< leave out of the encoded object when it is an empty optional
  bool is_secret = false;   ///< never logged or audited
  double minimum = 0;
  double maximum = 0;
  bool bounded = false;
  Choices choices{};

  /// Decoding fails when the field is absent.
  constexpr Field required() const {
    Field copy = *this;
    copy.is_required = true;
    return copy;
  }
  /// An empty optional is left out of the encoded object instead of being written as null.
  constexpr Field omit_empty() const {
    Field copy = *this;
    copy.skip_empty = true;
    return copy;
  }
  /// The value never reaches a log or the audit.
  constexpr Field secret() const {
    Field copy = *this;
    copy.is_secret = true;
    return copy;
  }
  /// Inclusive bounds: of the value for numbers, of the length in bytes for text, of the count for lists.
  constexpr Field range(double low, double high) const {
    Field copy = *this;
    copy.minimum = low;
    copy.maximum = high;
    copy.bounded = true;
    return copy;
  }
  /// The only words permitted (text fields).
  template <class... W>
  constexpr Field one_of(W... words) const {
    static_assert(sizeof...(words) <= static_cast<std::size_t>(Choices::kMax));
    Field copy = *this;
    copy.choices = Choices{{words...}, static_cast<int>(sizeof...(words))};
    return copy;
  }
};

/// Declares one member of a record. `doc` is one sentence for people and models.
template <class T, class M>
constexpr Field<T, M> field(std::string_view name, M T::*member, std::string_view doc) {
  return Field<T, M>{.name = name, .member = member, .doc = doc};
}

template <class T, class = void>
struct is_record : std::false_type {};
template <class T>
struct is_record<T, std::void_t<decltype(T::fields())>> : std::true_type {};

/// Calls `f(field)` for every field of `T`, in order.
template <class T, class F>
constexpr void for_each_field(F&& f) {
  std::apply([&](const auto&... each) { (f(each), ...); }, T::fields());
}

/// Parameters of a method that takes none, or the result of one that returns none.
struct Empty {
  static constexpr auto fields() { return std::tuple{}; }
};

}  // namespace duotty::record
