#pragma once
// The overlays and panels of one terminal. Pure; a value that can be copied, so that several changes can be made on a
// copy and kept only when all of them succeed.
#include <duotty/overlay/element.hpp>

namespace duotty::overlay {

/// Elements in order of creation, both modes together. Errors of all changes: not_found, invalid_params, conflict (the
/// id is taken), limit_reached.
class Store {
 public:
  /// Makes an element of the mode that is on. `id` may be empty: then it gets one. Without width and height an overlay
  /// is as large as its text; without height a panel has as many rows as its text. Returns the id.
  base::Result<std::string> create(Kind kind, std::string id, const Change& change, std::string by);
  /// Sets what `change` names. New spans replace the old ones and what was written over them.
  base::Result<> update(Kind kind, std::string_view id, const Change& change);
  /// Replaces the text and look of those spans that have the same id. Error not_found when one has no such span.
  base::Result<> set_spans(Kind kind, std::string_view id, const std::vector<Span>& spans);
  /// Puts text over the spans; what was written at the same place before goes.
  base::Result<> write(Kind kind, std::string_view id, std::vector<Write> writes);
  base::Result<> remove(Kind kind, std::string_view id);
  /// Removes all elements of a kind in the mode that is on; how many there were.
  std::size_t clear(Kind kind);
  /// Removes what has expired at `now` (seconds since 1970); the ids.
  std::vector<std::string> expire(double now);
  /// When the next element expires; 0 when none does.
  double next_expiry() const noexcept;

  /// conflict when it is on already.
  base::Result<> enter_alt();
  /// Back to the normal set; the elements of the other one are gone. conflict when it was not on.
  base::Result<> exit_alt();
  ScreenMode mode() const noexcept { return mode_; }

  /// The element of that id and kind, or null.
  const Element* find(Kind kind, std::string_view id) const noexcept;
  /// The element of that id, whatever it is.
  const Element* find(std::string_view id) const noexcept;
  const std::vector<Element>& elements() const noexcept { return elements_; }
  /// Bytes of text of all elements.
  std::size_t text_bytes() const noexcept;

  /// The whole store as bytes, and back; nothing of a damaged record is taken.
  std::string save() const;
  static std::optional<Store> restore(std::string_view bytes);

 private:
  Element* get(Kind kind, std::string_view id) noexcept;
  base::Result<> apply(Element& element, const Change& change) const;
  base::Result<> check() const;

  std::vector<Element> elements_;
  ScreenMode mode_ = ScreenMode::normal;
  std::uint64_t made_ = 0;
};

}  // namespace duotty::overlay
