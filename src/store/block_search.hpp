#pragma once
// The conditions of a query as SQL, and the values that go into it.
#include <duotty/store/block.hpp>
#include <string>
#include <variant>
#include <vector>

#include "sqlite.hpp"

namespace duotty::store {

class Search {
 public:
  explicit Search(const BlockQuery& query);
  /// " WHERE ..." or nothing.
  const std::string& where() const noexcept { return where_; }
  /// The values, as parameters from 1 on. This object must outlive the statement's run.
  void bind(Statement& statement) const;

 private:
  void also(const std::string& condition);
  void also(const std::string& condition, std::variant<std::string, std::int64_t> value);
  void add_text(const std::string& text);

  std::string where_;
  std::vector<std::variant<std::string, std::int64_t>> values_;
};

}  // namespace duotty::store
