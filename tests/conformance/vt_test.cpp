// Runs every case of vt/*.vt. Each is fed to four terminals: as written; byte by byte; one that is replaced after every
// step by a fresh terminal fed with its snapshot; one that is replaced by what its checkpoint restores. All must agree.
#include <dirent.h>
#include <gtest/gtest.h>
#include <duotty/term/render.hpp>
#include <duotty/term/snapshot.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include "recorder.hpp"
#include "vt_script.hpp"

namespace duotty::term::testing {
namespace {

const std::map<std::string, bool Modes::*> mode_names = {{"insert", &Modes::insert},
                                                         {"newline", &Modes::newline},
                                                         {"application_cursor", &Modes::application_cursor},
                                                         {"application_keypad", &Modes::application_keypad},
                                                         {"reverse_video", &Modes::reverse_video},
                                                         {"origin", &Modes::origin},
                                                         {"autowrap", &Modes::autowrap},
                                                         {"cursor_blink", &Modes::cursor_blink},
                                                         {"cursor_visible", &Modes::cursor_visible},
                                                         {"reverse_wrap", &Modes::reverse_wrap},
                                                         {"reverse_wrap_anywhere", &Modes::reverse_wrap_anywhere},
                                                         {"left_right_margins", &Modes::left_right_margins},
                                                         {"focus_events", &Modes::focus_events},
                                                         {"alternate_scroll", &Modes::alternate_scroll},
                                                         {"bracketed_paste", &Modes::bracketed_paste},
                                                         {"synchronized", &Modes::synchronized},
                                                         {"color_scheme_reports", &Modes::color_scheme_reports}};
const std::vector<std::string> tracking_names = {"off", "x10", "normal", "button", "any"};
const std::vector<std::string> encoding_names = {"x10", "utf8", "sgr", "urxvt", "sgr_pixels"};

std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

class VtCase : public ::testing::Test {
 public:
  explicit VtCase(const Script& script) : script_(script) {}

  void TestBody() override {
    start({80, 24}, 100);
    for (const Command& command : script_.commands) {
      SCOPED_TRACE(script_.file + ":" + std::to_string(command.line));
      run(command);
      agree();
      if (HasFailure()) return;
    }
  }

 private:
  void start(Size size, std::size_t scrollback) {
    Options options;
    options.scrollback_lines = scrollback;
    terminal_ = std::make_unique<Terminal>(size, host_, options);
    for (auto& other : others_) other = std::make_unique<Terminal>(size, silent_, options);
  }

  void feed(const std::string& bytes) {
    terminal_->feed(bytes);
    for (const char& byte : bytes) others_[0]->feed({&byte, 1});
    others_[1]->feed(bytes);
    others_[2]->feed(bytes);
  }

  void resize(Size size) {
    terminal_->resize(size);
    for (auto& other : others_) other->resize(size);
  }

  /// Compares the terminals, then hands two of them over to their successors.
  void agree() {
    static const char* const kinds[] = {"byte by byte", "from snapshots", "from checkpoints"};
    for (std::size_t i = 0; i < 3; ++i) {
      std::string why;
      EXPECT_TRUE(same_state(*terminal_, *others_[i], &why)) << kinds[i] << ": " << why;
    }
    auto fresh = std::make_unique<Terminal>(terminal_->size(), silent_, terminal_->options());
    fresh->feed(snapshot(*others_[1], {terminal_->options().scrollback_lines}));
    others_[1] = std::move(fresh);
    fresh = std::make_unique<Terminal>(Size{1, 1}, silent_, terminal_->options());
    EXPECT_TRUE(restore(*fresh, checkpoint(*others_[2])).has_value());
    others_[2] = std::move(fresh);
  }

  static int number(const Command& command, std::size_t i) {
    return i < command.arguments.size() ? std::stoi(command.arguments[i]) : 0;
  }
  RowId visible(const Command& command) const { return terminal_->top_row() + static_cast<RowId>(number(command, 0)); }
  std::string row(RowId id) const { return trimmed(terminal_->line(id).text); }

  void run(const Command& command) {
    const auto& arguments = command.arguments;
    const std::string& name = command.name;
    if (name == "feed") return feed(arguments.at(0));
    if (name == "resize") return resize({number(command, 0), number(command, 1)});
    if (name == "size") {
      const bool bounded = arguments.size() > 2;
      return start({number(command, 0), number(command, 1)},
                   bounded ? static_cast<std::size_t>(number(command, 2)) : 100);
    }
    if (!expect_text(command) && !expect_state(command)) ADD_FAILURE() << "no such command: " << name;
  }

  bool expect_text(const Command& command) {
    const auto& arguments = command.arguments;
    if (command.name == "rows") {
      std::vector<std::string> expected = arguments;
      expected.resize(static_cast<std::size_t>(terminal_->size().rows));
      for (std::string& line : expected) line = trimmed(line);
      EXPECT_EQ(terminal_->screen_lines(), expected);
    } else if (command.name == "row") {
      EXPECT_EQ(row(visible(command)), trimmed(arguments.at(1)));
    } else if (command.name == "above") {
      EXPECT_EQ(row(terminal_->top_row() - static_cast<RowId>(number(command, 0))), trimmed(arguments.at(1)));
    } else if (command.name == "scrollback") {
      EXPECT_EQ(terminal_->top_row() - terminal_->first_row(), static_cast<RowId>(number(command, 0)));
    } else if (command.name == "ansi") {
      EXPECT_EQ(ansi_lines(*terminal_, visible(command), visible(command) + 1).at(0), arguments.at(1));
    } else if (command.name == "wrapped") {
      EXPECT_EQ(terminal_->line(visible(command)).wrapped, arguments.at(1) == "yes");
    } else if (command.name == "reply") {
      EXPECT_EQ(std::exchange(host_.replies, {}), arguments.at(0));
    } else if (command.name == "effect") {
      EXPECT_EQ(std::exchange(host_.effects, {}), arguments.at(0));
    } else if (command.name == "title") {
      EXPECT_EQ(terminal_->title(), arguments.at(0));
    } else {
      return false;
    }
    return true;
  }

  bool expect_state(const Command& command) {
    const auto& arguments = command.arguments;
    if (command.name == "cursor") {
      EXPECT_EQ(terminal_->cursor().col, number(command, 0));
      EXPECT_EQ(terminal_->cursor().row - terminal_->top_row(), static_cast<RowId>(number(command, 1)));
      EXPECT_EQ(terminal_->pending_wrap(), arguments.size() > 2) << "pending wrap";
    } else if (command.name == "mode") {
      EXPECT_EQ(terminal_->modes().*mode_names.at(arguments.at(0)), arguments.at(1) == "on");
    } else if (command.name == "mouse") {
      EXPECT_EQ(tracking_names[static_cast<std::size_t>(terminal_->modes().mouse)], arguments.at(0));
      EXPECT_EQ(encoding_names[static_cast<std::size_t>(terminal_->modes().mouse_encoding)], arguments.at(1));
    } else if (command.name == "screen") {
      EXPECT_EQ(terminal_->alternate_screen(), arguments.at(0) == "alternate");
    } else if (command.name == "shape") {
      EXPECT_EQ(static_cast<int>(terminal_->cursor_shape()), number(command, 0));
    } else if (command.name == "kitty") {
      EXPECT_EQ(terminal_->kitty_flags(), number(command, 0));
    } else if (command.name == "ground") {
      EXPECT_EQ(terminal_->at_ground(), arguments.at(0) == "yes");
    } else {
      return false;
    }
    return true;
  }

  const Script& script_;
  Recorder host_;
  Host silent_;
  std::unique_ptr<Terminal> terminal_;
  std::unique_ptr<Terminal> others_[3];
};

std::vector<std::string> script_files(const std::string& folder) {
  std::vector<std::string> files;
  DIR* const directory = opendir(folder.c_str());
  while (const dirent* entry = directory == nullptr ? nullptr : readdir(directory)) {
    const std::string name = entry->d_name;
    if (name.size() > 3 && name.substr(name.size() - 3) == ".vt") files.push_back(name);
  }
  if (directory != nullptr) closedir(directory);
  std::sort(files.begin(), files.end());
  return files;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// Registers the cases; false when there are none or a file cannot be read.
bool register_cases(const std::string& folder, std::vector<std::vector<Script>>& kept) {
  for (const std::string& file : script_files(folder)) {
    std::string error;
    kept.push_back(parse_scripts(file, read_file(folder + "/" + file), error));
    if (!error.empty()) std::fprintf(stderr, "%s\n", error.c_str());
    if (!error.empty() || kept.back().empty()) return false;
  }
  for (const auto& scripts : kept) {
    for (const Script& script : scripts) {
      const std::string suite = script.file.substr(0, script.file.size() - 3);
      ::testing::RegisterTest(suite.c_str(), script.name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                              [&script]() -> ::testing::Test* { return new VtCase(script); });
    }
  }
  return !kept.empty();
}

}  // namespace
}  // namespace duotty::term::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  std::vector<std::vector<duotty::term::testing::Script>> scripts;
  if (!duotty::term::testing::register_cases(DUOTTY_VT_FOLDER, scripts)) return 1;
  return RUN_ALL_TESTS();
}
