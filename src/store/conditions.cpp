#include "conditions.hpp"

namespace duotty::store {

void Conditions::also(const std::string& condition) {
  where_ += (where_.empty() ? " WHERE " : " AND ") + condition;
}

void Conditions::also(const std::string& condition, Value value) {
  also(condition);
  values_.push_back(std::move(value));
}

void Conditions::bind(Statement& statement) const {
  int at = 0;
  for (const auto& value : values_) {
    ++at;
    if (const auto* text = std::get_if<std::string>(&value)) {
      statement.bind(at, *text);
    } else {
      statement.bind(at, std::get<std::int64_t>(value));
    }
  }
}

}  // namespace duotty::store
