// ansible-playbook: what changed or failed, and the recap.
#include <array>

#include "reducers.hpp"

namespace duotty::digest {
namespace {

using std::string;
using std::string_view;

bool is_title(string_view line) {
  return (line.starts_with("TASK [") || line.starts_with("PLAY [") || line.starts_with("RUNNING HANDLER [")) &&
         line.ends_with("***");
}

/// "TASK [Install nginx] ****" without its stars.
string without_stars(string_view line) {
  return string(trimmed(line.substr(0, line.find_last_not_of('*') + 1)));
}

/// "web1" of "changed: [web1]", "web1 (item=a)" of "changed: [web1] => (item=a)"; empty for lines that say more.
string host_of(string_view line, string_view state) {
  if (!line.starts_with(state)) return {};
  const std::size_t end = line.find(']');
  if (end == string_view::npos) return {};
  const string_view rest = line.substr(end + 1);
  if (!rest.empty() && !(rest.starts_with(" => (item=") && rest.ends_with(')'))) return {};
  return string(line.substr(state.size(), end - state.size())) + (rest.empty() ? "" : " " + string(rest.substr(4)));
}

class PlaybookReader {
 public:
  explicit PlaybookReader(Draft& draft) : draft_(draft) {}
  void read() {
    for (std::size_t i = 0; i < draft_.size(); ++i) read(i, draft_.line(i));
    end_task();
  }

 private:
  void read(std::size_t i, string_view line) {
    if (is_title(line)) {
      end_task();
      title_ = i;
      in_task_ = true;
      told_ = line.starts_with("PLAY [");
    } else if (line.starts_with("PLAY RECAP ")) {
      end_task();
      draft_.show(i, "PLAY RECAP");
      recap_ = true;
    } else if (recap_ && contains(line, " ok=")) {
      host(i, line);
    } else if (!host_of(line, "ok: [").empty() && in_task_) {
      draft_.take(i, "hosts that were ok");
    } else if ((!host_of(line, "skipping: [").empty() || line.starts_with("included: ")) && in_task_) {
      draft_.take(i, "hosts that were skipped");
    } else if (const string name = host_of(line, "changed: ["); !name.empty() && in_task_) {
      if (changed_.empty()) changed_at_ = i;
      changed_ += (changed_.empty() ? "" : ", ") + name;
      draft_.absorb(i);
    } else if (line.empty()) {
      draft_.absorb(i);
    } else {
      told_ = true;
    }
  }
  /// A task in which nothing happened has no line.
  void end_task() {
    if (!changed_.empty()) draft_.show(changed_at_, "changed: [" + changed_ + "]");
    if (in_task_ && (told_ || !changed_.empty()))
      draft_.show(title_, without_stars(draft_.line(title_)));
    else if (in_task_)
      draft_.take(title_, "tasks that changed nothing");
    changed_.clear();
    in_task_ = told_ = false;
  }
  /// "web1 : ok=6 changed=0 failed=0" without what is none.
  void host(std::size_t i, string_view line) {
    string text;
    for (const string_view word : words_of(line))
      if (!word.ends_with("=0") && word != ":") text += (text.empty() ? "" : " ") + string(word);
    draft_.show(i, std::move(text));
  }

  Draft& draft_;
  std::size_t title_ = 0;
  std::size_t changed_at_ = 0;
  string changed_;  ///< hosts
  bool in_task_ = false;
  bool told_ = false;  ///< the task has a line that stays
  bool recap_ = false;
};

void reduce_ansible(Draft& draft, const Known&) {
  PlaybookReader(draft).read();
}

constexpr std::array kFamilies = {
    Family{"ansible", "ansible-playbook: tasks that changed or failed, and the recap",
           [](const Command& c) { return c.is("ansible-playbook"); },
           [](const Draft& draft) { return count_lines(draft, is_title) > 1; }, reduce_ansible},
};

}  // namespace

std::span<const Family> ansible_families() {
  return kFamilies;
}

}  // namespace duotty::digest
