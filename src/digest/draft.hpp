#pragma once
// A text on its way to being short: what becomes of each of its lines, decided by one reducer after the other and held
// by rules that no reducer can go round.
#include <cstdint>
#include <duotty/digest/reduce.hpp>
#include <duotty/digest/trouble.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "line_words.hpp"

namespace duotty::digest {

class Draft {
 public:
  /// What drop() is told for lines whose place matters: a note stands where they were.
  static constexpr const char* kMiddle = "lines from the middle";

  /// `text` outlives the draft.
  explicit Draft(std::string_view text);

  std::size_t size() const noexcept { return rows_.size(); }
  /// As the program wrote it, without blanks at its end.
  std::string_view line(std::size_t i) const noexcept { return rows_[i].text; }
  Trouble trouble(std::size_t i) const noexcept { return rows_[i].trouble; }
  bool kept(std::size_t i) const noexcept { return rows_[i].fate == Fate::keep; }
  bool pinned(std::size_t i) const noexcept { return rows_[i].pinned; }
  bool touched(std::size_t i) const noexcept { return rows_[i].fate != Fate::keep || rows_[i].replaced; }

  /// Leaves the line out; it comes back when it is trouble. `what` is a literal, in the plural.
  void drop(std::size_t i, const char* what);
  /// Leaves out a row of data that was parsed as such: what its words say is not the program's own complaint.
  void take(std::size_t i, const char* what);
  /// The line's content stands in another line now.
  void absorb(std::size_t i);
  /// Gives the line as `text`, which may have several lines; empty: as absorb().
  void show(std::size_t i, std::string text);
  /// No later step may leave the line out.
  void pin(std::size_t i);
  /// Part of the lines that stay is gone: "permissions, owners and dates".
  void mention(const char* what);

  /// Lines that are kept, in order.
  std::vector<std::size_t> kept_lines() const;
  /// Brings back dropped trouble, with the lines that belong to it.
  void guard();
  /// The result so far; `limit` as ReduceInput::max_chars.
  Reduced finish(std::size_t limit) const;

 private:
  enum class Fate : std::uint8_t { keep, drop, take, absorb };
  struct Row {
    std::string_view text;
    Trouble trouble = Trouble::none;
    Fate fate = Fate::keep;
    bool replaced = false;
    bool pinned = false;
    std::uint8_t what = 0;
  };
  struct Piece {
    std::string text;
    std::size_t line = 0;
    bool trouble = false;
  };
  std::uint8_t label(const char* what);
  void keep_context(std::size_t i);
  std::vector<Piece> pieces(Reduced& result) const;
  std::string footer(const Reduced& result) const;
  void list_omissions(Reduced& result) const;

  std::vector<Row> rows_;
  std::vector<const char*> labels_;
  std::vector<const char*> mentions_;
  std::map<std::size_t, std::string> shown_;
};

}  // namespace duotty::digest
