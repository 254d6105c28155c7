#pragma once
// The conditions of a query as SQL, and the values that go into it.
#include <duotty/store/block.hpp>
#include <string>
#include <variant>
#include <vector>

#include "sqlite.hpp"

namespace duotty::store {

/// True when every word of `words` is in `text`, in any case of (ASCII) letters.
bool has_all_words(const std::string& text, const std::string& words);
/// The line of `text` with the first of `words` that it has, shortened around it.
std::string excerpt(const std::string& text, const std::string& words);

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
  void add_text(const BlockQuery& query);
  std::string command_words(const std::vector<std::string>& words);
  std::string output_words(const std::vector<std::string>& words);

  std::string where_;
  std::vector<std::variant<std::string, std::int64_t>> values_;
};

}  // namespace duotty::store
