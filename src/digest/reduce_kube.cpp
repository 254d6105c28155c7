// kubectl get, describe, events.
#include <array>
#include <map>

#include "columns.hpp"
#include "reducers.hpp"

namespace duotty::digest {
namespace {

using std::string;
using std::string_view;

constexpr std::size_t kNames = 12;

bool is_header(string_view line) {
  const bool first = line.starts_with("NAME ") || line.starts_with("NAMESPACE ") || line.starts_with("LAST SEEN ");
  if (!first || line.size() < 12) return false;
  for (const char c : line)
    if (c >= 'a' && c <= 'z') return false;
  return true;
}

/// "2/2" and "5/5", but not "0/1".
bool all_ready(string_view cell) {
  const std::size_t slash = cell.find('/');
  return slash == string_view::npos || cell.substr(0, slash) == cell.substr(slash + 1);
}

bool is_fine(const Columns& columns, string_view row) {
  const string_view status = columns.cell(row, "STATUS");
  if (!status.empty()) {
    bool known = false;
    for (const string_view state : {"Running", "Completed", "Succeeded", "Active", "Bound", "Ready", "Available",
                                    "Complete", "Healthy", "deployed"})
      known = known || status == state;
    if (!known) return false;
    if (status == "Completed" || status == "Succeeded") return true;
  }
  if (!all_ready(columns.cell(row, "READY"))) return false;
  if (columns.has("DESIRED") && columns.has("READY") && columns.cell(row, "DESIRED") != columns.cell(row, "READY"))
    return false;
  if (columns.has("AVAILABLE") && columns.has("UP-TO-DATE")) {
    const string_view ready = columns.cell(row, "READY");
    const string_view want = ready.substr(ready.find('/') == string_view::npos ? 0 : ready.find('/') + 1);
    if (columns.cell(row, "AVAILABLE") != want) return false;
  }
  const auto restarts = leading_number(columns.cell(row, "RESTARTS"));
  return !restarts || *restarts < 3;
}

/// "web-7d4b9c6f5-x2x9q" as "web": a deployment's pods are of one kind.
string owner_of(string_view name) {
  string owner(name);
  for (int part = 0; part < 2; ++part) {
    const std::size_t dash = owner.rfind('-');
    if (dash == string::npos || dash == 0) break;
    const string_view tail = string_view(owner).substr(dash + 1);
    bool digit = false;
    for (const char c : tail) digit = digit || is_digit(c);
    const bool generated = (tail.size() == 5 && tail.find_first_of("aeiou") == string_view::npos) ||
                           (tail.size() >= 8 && tail.size() <= 10 && digit) || (part == 0 && digit && tail.size() <= 2);
    if (!generated) break;
    owner.resize(dash);
  }
  return owner;
}

void reduce_table(Draft& draft, std::size_t header) {
  const Columns columns(draft.line(header));
  const bool events = columns.has("REASON") && columns.has("TYPE");
  std::map<string, std::size_t> fine;
  std::size_t count = 0;
  std::size_t first = 0;
  std::size_t rows = 0;
  for (std::size_t i = header + 1; i < draft.size() && !draft.line(i).empty() && !is_header(draft.line(i)); ++i) {
    const string_view row = draft.line(i);
    if (cells_of(row).size() * 2 < columns.size()) continue;
    ++rows;
    if (events) {
      if (columns.cell(row, "TYPE") == "Normal") draft.take(i, "normal events");
      continue;
    }
    if (!is_fine(columns, row)) {
      draft.pin(i);
      continue;
    }
    if (count++ == 0) first = i;
    string space(columns.cell(row, "NAMESPACE"));
    if (!space.empty()) space += "/";
    ++fine[space + owner_of(columns.cell(row, "NAME"))];
    draft.absorb(i);
  }
  if (count == 0) return;
  if (count == rows) draft.absorb(header);
  string text = std::to_string(count) + (count == rows ? " in all, fine:" : " others fine:");
  std::size_t given = 0;
  for (const auto& [name, pods] : fine) {
    if (++given > kNames) continue;
    text += " " + name + (pods > 1 ? "×" + std::to_string(pods) : "");
  }
  if (given > kNames) text += " +" + std::to_string(given - kNames) + " names";
  draft.show(first, text);
  draft.mention("rows of what is ready and running");
}

/// Sections of `describe` that repeat the cluster's defaults.
bool is_default(string_view line) {
  for (const string_view key : {"QoS Class:",       "Node-Selectors:",
                                "Tolerations:",     "Priority:",
                                "Service Account:", "Start Time:",
                                "Container ID:",    "Image ID:",
                                "Host Port:",       "TokenExpirationSeconds:",
                                "ConfigMapName:",   "ConfigMapOptional:",
                                "DownwardAPI:",     "Type:",
                                "Annotations:",     "IPs:",
                                "Controlled By:",   "PodReadyToStartContainers",
                                "Initialized ",     "PodScheduled ",
                                "Optional:",        "kube-api-access"})
    if (line.starts_with(key)) return true;
  return line.starts_with("/var/run/secrets/kubernetes.io") || contains(line, "NoExecute op=Exists for 300s");
}

void reduce_kube(Draft& draft, const Known& known) {
  bool described = count_lines(draft, [](string_view line) { return line.starts_with("Name:  "); }) > 0;
  described = described && (known.command == nullptr || known.command->word(0) == "describe");
  for (std::size_t i = 0; i < draft.size(); ++i) {
    if (is_header(draft.line(i))) reduce_table(draft, i);
    const string_view text = trimmed(draft.line(i));
    if (described && !draft.touched(i) && is_default(text)) draft.drop(i, "default settings");
    if (described && text.starts_with("Normal  ")) draft.take(i, "normal events");
  }
}

bool detects_kube(const Draft& draft) {
  return count_lines(draft, [](string_view line) {
           return is_header(line) && (contains(line, " AGE") || line.starts_with("LAST SEEN ")) &&
                  (contains(line, "READY") || contains(line, "STATUS") || contains(line, "TYPE"));
         }) > 0;
}

constexpr std::array kFamilies = {
    Family{"kubectl", "kubectl: what is not ready in full, the rest counted by owner; events that are no routine",
           [](const Command& c) {
             return (c.is("kubectl") || c.is("oc") || c.is("k") || c.is("k3s") || c.is("helm")) &&
                    c.word(0) != "logs" && c.word(0) != "exec";
           },
           detects_kube, reduce_kube},
};

}  // namespace

std::span<const Family> kube_families() {
  return kFamilies;
}

}  // namespace duotty::digest
