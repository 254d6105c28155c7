#pragma once
// The conditions of a query for commands.
#include <duotty/store/block.hpp>
#include <string>
#include <vector>

#include "conditions.hpp"

namespace duotty::store {

/// True when every word of `words` is in `text`, in any case of (ASCII) letters.
bool has_all_words(const std::string& text, const std::string& words);
/// The line of `text` with the first of `words` that it has, shortened around it.
std::string excerpt(const std::string& text, const std::string& words);

class Search : public Conditions {
 public:
  explicit Search(const BlockQuery& query);

 private:
  void add_text(const BlockQuery& query);
  std::string command_words(const std::vector<std::string>& words);
  std::string output_words(const std::vector<std::string>& words);
};

}  // namespace duotty::store
