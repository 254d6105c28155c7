#pragma once
// The conditions of a query as SQL, and the values that go into it.
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "sqlite.hpp"

namespace duotty::store {

class Conditions {
 public:
  using Value = std::variant<std::string, std::int64_t>;

  /// One condition more that must hold; values of its parameters follow by value().
  void also(const std::string& condition);
  /// One with one parameter, or the first of several.
  void also(const std::string& condition, Value value);
  void value(Value value) { values_.push_back(std::move(value)); }
  /// " WHERE ..." or nothing.
  const std::string& where() const noexcept { return where_; }
  /// The values, as parameters from 1 on. This object must outlive the statement's run.
  void bind(Statement& statement) const;

 private:
  std::string where_;
  std::vector<Value> values_;
};

}  // namespace duotty::store
