// The state as a record for the disk. Layout: magic, version, fields in the order of Codec::fields(), checksum. Numbers
// are little endian. Reading trusts nothing: every value is checked before it is used.
#include <algorithm>
#include <cstring>
#include <duotty/base/text.hpp>
#include <duotty/term/snapshot.hpp>
#include <limits>

#include "binary.hpp"
#include "modes_table.hpp"
#include "state.hpp"

namespace duotty::term {
namespace {

constexpr std::string_view magic = "duotty-terminal\n";
constexpr std::uint32_t version = 4;

// --- writing and reading share one description of each part: `codec` is a BinaryWriter or a BinaryReader
// ---------------

template <class Codec>
void pen_fields(Codec& codec, Pen& pen, const LinkTable& links) {
  Style& style = pen.style;
  for (Color* const color : {&style.foreground, &style.background, &style.underline_color}) {
    std::uint32_t bits = color->bits();
    codec.number(bits);
    *color = Color::from_bits(bits);
  }
  codec.number(style.attributes, 0x1ff);
  codec.enumeration(style.underline, Underline::dashed);
  codec.number(pen.link);
  codec.require(links.is_live(pen.link));
}

template <class Codec>
void charset_fields(Codec& codec, Charsets& sets) {
  for (Charset& set : sets.g) {
    codec.number(set);
    codec.require(is_charset(set));
  }
  codec.number(sets.gl, 3);
  codec.number(sets.single_shift, 3);
  codec.require(sets.single_shift != 1);
}

template <class Codec>
void mode_fields(Codec& codec, Modes& modes) {
  for (bool* const flag : {&modes.insert,
                           &modes.newline,
                           &modes.keyboard_locked,
                           &modes.echo_off,
                           &modes.application_cursor,
                           &modes.reverse_video,
                           &modes.origin,
                           &modes.autowrap,
                           &modes.auto_repeat,
                           &modes.cursor_blink,
                           &modes.cursor_visible,
                           &modes.reverse_wrap,
                           &modes.application_keypad,
                           &modes.left_right_margins,
                           &modes.focus_events,
                           &modes.alternate_scroll,
                           &modes.bracketed_paste,
                           &modes.synchronized,
                           &modes.color_scheme_reports,
                           &modes.smooth_scroll,
                           &modes.print_form_feed,
                           &modes.print_extent,
                           &modes.reverse_wrap_anywhere,
                           &modes.grapheme_clusters}) {
    codec.flag(*flag);
  }
  codec.enumeration(modes.mouse, MouseTracking::any);
  codec.enumeration(modes.mouse_encoding, MouseEncoding::sgr_pixels);
}

/// Text that can stand in an OSC string.
template <class Codec>
void clean_text(Codec& codec, std::string& text, std::size_t most) {
  codec.text(text, most);
  bool clean = base::is_utf8(text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 = byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    clean = clean && byte >= 0x20 && !c1;
  }
  codec.require(clean);
}

template <class Codec>
void link_fields(Codec& codec, Link& link) {
  clean_text(codec, link.id, max_link_id);
  clean_text(codec, link.uri, max_link_uri);
  codec.require(link.id.find_first_of(":;") == std::string::npos);
}

template <class Codec>
void cluster_fields(Codec& codec, Cluster& cluster) {
  codec.number(cluster.base, 0x10ffff);
  codec.number(cluster.count, max_cluster_marks);
  for (char32_t& mark : cluster.marks) {
    std::uint32_t value = mark;
    codec.number(value, 0x10ffff);
    mark = value;
  }
}

template <class Codec, class Table, class Fields>
void table_fields(Codec& codec, Table& table, Fields fields) {
  using T = std::remove_cvref_t<decltype(table[0])>;
  std::uint32_t count = table.capacity();
  std::uint64_t threshold = table.threshold();
  std::uint64_t backoff = table.backoff();
  codec.number(count);
  codec.number(threshold);
  codec.number(backoff);
  std::vector<T> entries;
  std::vector<bool> live;
  codec.require(count >= 1 && codec.has(count - 1));
  for (std::uint32_t id = 0; id < count && codec.good(); ++id) {
    entries.push_back(codec.reading ? T{} : table[id]);
    bool used = codec.reading || table.is_live(id);
    if (id != 0) {
      codec.flag(used);
      if (used) fields(entries.back());
    }
    live.push_back(used);
  }
  if (codec.reading && codec.good()) table.assign(std::move(entries), std::move(live), threshold, backoff);
}

template <class Codec>
void saved_fields(Codec& codec, SavedCursor& saved, const State& s) {
  codec.flag(saved.set);
  codec.number(saved.x, s.cols() - 1);
  codec.number(saved.y, s.rows() - 1);
  codec.flag(saved.pending_wrap);
  codec.flag(saved.origin);
  pen_fields(codec, saved.pen, s.tables.links);
  charset_fields(codec, saved.charsets);
}

template <class Codec>
void screen_fields(Codec& codec, Screen& screen, const State& s) {
  Rect& m = screen.margins;
  codec.number(m.top, s.rows() - 1);
  codec.number(m.bottom, s.rows());
  codec.number(m.left, s.cols() - 1);
  codec.number(m.right, s.cols());
  codec.require(m.top < m.bottom && m.left < m.right);
  codec.require(s.modes.left_right_margins || (m.left == 0 && m.right == s.cols()));
  saved_fields(codec, screen.saved, s);
  codec.number(screen.kitty.flags, 31);
  auto depth = static_cast<std::uint32_t>(screen.kitty.stack.size());
  codec.number(depth, KittyKeyboard::max_depth);
  if (!codec.good()) return;
  screen.kitty.stack.resize(depth);
  for (std::uint8_t& flags : screen.kitty.stack) codec.number(flags, 31);
}

template <class Codec>
void setting_fields(Codec& codec, State& s) {
  codec.number(s.x, s.cols() - 1);
  codec.number(s.y, s.rows() - 1);
  codec.flag(s.pending_wrap);
  codec.flag(s.printed);
  pen_fields(codec, s.pen, s.tables.links);
  charset_fields(codec, s.charsets);
  codec.enumeration(s.shape, CursorShape::bar);
  codec.flag(s.rectangular_extent);
  codec.flag(s.guards_areas);
  saved_fields(codec, s.alternate_saved, s);
  for (std::size_t col = 0; col < max_cols; ++col) {
    bool stop = s.tabs[col];
    codec.flag(stop);
    s.tabs[col] = stop;
  }
  clean_text(codec, s.title, max_title_bytes);
  clean_text(codec, s.cwd, max_title_bytes);
  auto depth = static_cast<std::uint32_t>(s.title_stack.size());
  codec.number(depth, max_title_stack);
  if (!codec.good()) return;
  s.title_stack.resize(depth);
  for (std::string& title : s.title_stack) clean_text(codec, title, max_title_bytes);
}

void write_saved_modes(BinaryWriter& codec, const State& s) {
  codec.number(static_cast<std::uint32_t>(s.saved_modes.size()));
  for (const auto& [number, value] : s.saved_modes) {
    bool on = value;
    codec.number(number);
    codec.flag(on);
  }
}

void read_saved_modes(BinaryReader& codec, State& s) {
  std::uint32_t count = 0;
  codec.number(count, static_cast<std::uint32_t>(mode_table().size()));
  for (std::uint32_t i = 0; i < count && codec.good(); ++i) {
    int number = 0;
    bool on = false;
    codec.number(number, 65535);
    codec.flag(on);
    const int known = s.mode_report(number, true);
    codec.require(number != 1048 && (known == 1 || known == 2));
    s.saved_modes[number] = on;
  }
}

void write_palette(BinaryWriter& codec, const State& s) {
  codec.number(static_cast<std::uint32_t>(s.palette.size()));
  for (const auto& [slot, color] : s.palette) {
    codec.number(slot);
    codec.number(color.bits());
  }
}

void read_palette(BinaryReader& codec, State& s) {
  std::uint32_t count = 0;
  codec.number(count, special_slot + special_colors);
  for (std::uint32_t i = 0; i < count && codec.good(); ++i) {
    int slot = 0;
    std::uint32_t bits = 0;
    codec.number(slot, special_slot + special_colors - 1);
    codec.number(bits);
    codec.require(Color::from_bits(bits).kind() == Color::Kind::rgb);
    s.palette[slot] = Color::from_bits(bits);
  }
}

void write_anchors(BinaryWriter& codec, const State& s) {
  codec.number(s.anchors.next_id());
  codec.number(static_cast<std::uint32_t>(s.anchors.size()));
  for (const Anchors::Entry& entry : s.anchors.entries()) {
    codec.number(entry.id);
    codec.number(entry.position.row);
    codec.number(entry.position.col);
  }
}

void read_anchors(BinaryReader& codec, State& s) {
  std::uint64_t next = 0;
  std::uint32_t count = 0;
  codec.number(next);
  codec.number(count, max_anchors);
  std::vector<Anchors::Entry> entries;
  std::uint64_t last = 0;
  for (std::uint32_t i = 0; i < count && codec.good(); ++i) {
    Anchors::Entry entry;
    codec.number(entry.id);
    codec.number(entry.position.row);
    codec.number(entry.position.col, max_cols);
    codec.require(entry.id > last && entry.id < next);
    last = entry.id;
    entries.push_back(entry);
  }
  codec.require(next >= 1);
  if (codec.good()) s.anchors.assign(std::move(entries), next);
}

template <class Codec>
void kitty_fields(Codec& codec, KittyImage& image) {
  codec.number(image.action);
  for (std::uint32_t* const number :
       {&image.id, &image.placement, &image.width, &image.height, &image.cols, &image.rows}) {
    codec.number(*number);
  }
  codec.number(image.bytes);
  codec.flag(image.more);
  codec.flag(image.is_virtual);
}

template <class Codec>
void image_fields(Codec& codec, Image& image) {
  auto anchor = static_cast<std::uint64_t>(image.anchor);
  codec.number(image.id);
  codec.enumeration(image.protocol, ImageProtocol::iterm2);
  codec.number(anchor);
  for (std::uint32_t* const number :
       {&image.width, &image.height, &image.cols, &image.rows, &image.kitty_id, &image.kitty_placement}) {
    codec.number(*number);
  }
  codec.number(image.bytes, max_image_bytes);
  image.anchor = AnchorId{anchor};
}

/// After the anchors.
template <class Codec>
void images_fields(Codec& codec, State& s) {
  ImageList& images = s.images;
  auto placed = static_cast<std::uint32_t>(images.placed.size());
  auto received = static_cast<std::uint32_t>(images.received.size());
  codec.number(images.next_id);
  codec.number(placed, max_images);
  codec.number(received, max_kitty_images);
  if (!codec.good()) return;
  images.placed.resize(placed);
  images.received.resize(received);
  std::uint64_t last = 0;
  for (Image& image : images.placed) {
    image_fields(codec, image);
    // Anchors that are not kept any more are known by numbers that were given.
    codec.require(image.id > last && image.id < images.next_id);
    codec.require(static_cast<std::uint64_t>(image.anchor) < s.anchors.next_id());
    last = image.id;
  }
  for (KittyImage& image : images.received) kitty_fields(codec, image);
  kitty_fields(codec, images.pending);
}

void write_grid(BinaryWriter& codec, const Grid& grid) {
  codec.number(grid.base());
  for (int y = 0; y < grid.rows(); ++y) codec.text(Scrollback::pack(grid.row(y)));
}

/// Reads `count` packed rows into a scrollback that begins at row `first`.
void read_rows(BinaryReader& codec, const State& s, std::uint64_t count, Scrollback& out) {
  for (std::uint64_t i = 0; i < count && codec.good(); ++i) {
    codec.require(out.push_packed(codec.view(), s.cols(), s.tables));
  }
}

bool read_grid(BinaryReader& codec, const State& s, RowId base, Grid& grid) {
  Scrollback packed(static_cast<std::size_t>(s.rows()));
  read_rows(codec, s, static_cast<std::uint64_t>(s.rows()), packed);
  if (!codec.good()) return false;
  grid.set_base(base);
  for (int y = s.rows(); y-- > 0;) packed.pop_back(grid.row(y), s.cols());
  grid.break_wrap_after(s.rows() - 1);
  return true;
}

void read_screens(BinaryReader& codec, State& s, bool has_alternate) {
  std::uint64_t kept = 0;
  RowId base = 0;
  codec.number(s.next_alternate_row);
  codec.require(s.next_alternate_row >= alternate_row_base && s.next_alternate_row < RowId{1} << 62);
  screen_fields(codec, s.main, s);
  codec.number(kept);
  codec.number(base);
  codec.require(codec.has(kept) && kept <= base && base < alternate_row_base);
  if (!codec.good()) return;
  s.scrollback.reset(base - kept);
  read_rows(codec, s, kept, s.scrollback);
  codec.number(base);
  codec.require(base == s.scrollback.end());
  if (!read_grid(codec, s, base, s.main.grid) || !has_alternate) return;
  s.alternate = std::make_unique<Screen>(Screen{Grid(s.size, 0, nullptr), Rect{0, s.rows(), 0, s.cols()}, {}, {}});
  s.active = s.alternate.get();
  screen_fields(codec, *s.alternate, s);
  codec.number(base);
  codec.require(base >= alternate_row_base && base + static_cast<RowId>(s.rows()) <= s.next_alternate_row);
  read_grid(codec, s, base, s.alternate->grid);
}

template <class Codec>
void table_group(Codec& codec, Tables& tables) {
  table_fields(codec, tables.links, [&](Link& link) { link_fields(codec, link); });
  table_fields(codec, tables.styles, [&](Pen& pen) { pen_fields(codec, pen, tables.links); });
  table_fields(codec, tables.clusters, [&](Cluster& cluster) { cluster_fields(codec, cluster); });
}

base::Error damaged(const char* why) {
  return {base::Errc::protocol,
          std::string("The terminal checkpoint cannot be used: ") + why + ". Start from the output instead."};
}

}  // namespace

std::string checkpoint(const Terminal& terminal) {
  // The field functions take references to change when they read; a writer leaves everything as it is.
  auto& s = const_cast<State&>(terminal.state());
  BinaryWriter codec;
  codec.raw(magic);
  codec.number(version);
  codec.number(s.size.cols);
  codec.number(s.size.rows);
  codec.flag(s.active != &s.main);
  table_group(codec, s.tables);
  mode_fields(codec, s.modes);
  setting_fields(codec, s);
  write_saved_modes(codec, s);
  write_palette(codec, s);
  write_anchors(codec, s);
  images_fields(codec, s);
  codec.number(s.next_alternate_row);
  screen_fields(codec, s.main, s);
  codec.number(static_cast<std::uint64_t>(s.scrollback.size()));
  codec.number(s.scrollback.end());
  for (RowId row = s.scrollback.begin(); row != s.scrollback.end(); ++row) codec.text(s.scrollback.packed(row));
  write_grid(codec, s.main.grid);
  if (s.alternate) {
    screen_fields(codec, *s.alternate, s);
    write_grid(codec, s.alternate->grid);
  }
  codec.number(s.parser.consumed());
  codec.number(s.parser.sequence_begin());
  codec.text(s.parser.pending());
  codec.number(checksum(codec.bytes()));
  return std::move(codec.bytes());
}

base::Result<> restore(Terminal& terminal, std::string_view bytes) {
  if (!bytes.starts_with(magic)) return damaged("it does not begin like one");
  if (bytes.size() < magic.size() + 12) return damaged("it is cut off");
  BinaryReader end(bytes.substr(bytes.size() - 8));
  std::uint64_t sum = 0;
  end.number(sum);
  bytes.remove_suffix(8);
  BinaryReader codec(bytes.substr(magic.size()));
  std::uint32_t found = 0;
  codec.number(found);
  if (found != version) return damaged("it is of another version");
  if (sum != checksum(bytes)) return damaged("its checksum is wrong");

  Size size;
  bool has_alternate = false;
  codec.number(size.cols, max_cols);
  codec.number(size.rows, max_rows);
  codec.flag(has_alternate);
  codec.require(size.cols >= 1 && size.rows >= 1);
  if (!codec.good()) return damaged("its size is not a terminal's");
  auto state = std::make_unique<State>(size, *terminal.state().host, terminal.options());
  table_group(codec, state->tables);
  mode_fields(codec, state->modes);
  setting_fields(codec, *state);
  read_saved_modes(codec, *state);
  read_palette(codec, *state);
  read_anchors(codec, *state);
  images_fields(codec, *state);
  read_screens(codec, *state, has_alternate);
  std::uint64_t consumed = 0;
  std::uint64_t begin = 0;
  codec.number(consumed);
  codec.number(begin);
  const std::string_view pending = codec.view();
  codec.require(begin <= consumed && codec.at_end());
  codec.require(codec.good() && state->parser.restore(pending, consumed, begin));
  if (!codec.good()) return damaged("its content does not fit together");
  state->touch_pen();
  terminal.adopt(std::move(state));
  return {};
}

}  // namespace duotty::term
