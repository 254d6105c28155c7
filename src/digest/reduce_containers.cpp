// docker and its like: lists, builds, pulls, compose.
#include <algorithm>
#include <array>
#include <map>

#include "columns.hpp"
#include "reducers.hpp"

namespace duotty::digest {
namespace {

using std::string;
using std::string_view;

constexpr std::size_t kRows = 30;

bool is_ps_header(string_view line) {
  return line.starts_with("CONTAINER ID");
}
bool is_images_header(string_view line) {
  return line.starts_with("REPOSITORY") && contains(line, "IMAGE ID");
}

/// A row of the table whose header stands above: to an empty line, or another table.
bool is_row(string_view line) {
  return !line.empty() && !is_ps_header(line) && !is_images_header(line);
}

/// "0.0.0.0:8080->80/tcp, :::8080->80/tcp" as "8080->80"; a port that is the same on both sides once.
string short_ports(string_view ports) {
  string out;
  for (std::size_t at = 0; at < ports.size();) {
    const std::size_t end = std::min(ports.find(", ", at), ports.size());
    string_view port = ports.substr(at, end - at);
    at = end + 2;
    if (const std::size_t slash = port.rfind("/tcp"); slash != string_view::npos) port = port.substr(0, slash);
    if (const std::size_t arrow = port.find("->"); arrow != string_view::npos) {
      const std::size_t colon = port.rfind(':', arrow);
      if (colon != string_view::npos) port = port.substr(colon + 1);
      const std::size_t inner = port.find("->");
      if (port.substr(0, inner) == port.substr(inner + 2)) port = port.substr(0, inner);
    } else {
      continue;  // exposed, not published
    }
    if (!contains("," + out + ",", "," + string(port) + ",")) out += (out.empty() ? "" : ",") + string(port);
  }
  return out;
}

/// The last part of an image's name.
string short_image(string_view image) {
  const std::size_t slash = image.rfind('/');
  return string(slash == string_view::npos ? image : image.substr(slash + 1));
}

/// "Up 3 weeks (unhealthy)" as "Up (unhealthy)"; other states as they are.
string state_text(string_view status) {
  const std::size_t bracket = status.find(" (");
  return status.starts_with("Up ") && bracket != string_view::npos ? "Up" + string(status.substr(bracket))
                                                                   : string(status);
}

struct Container {
  std::size_t at = 0;
  string_view name;
  string rest;
};

/// What docker compose puts before and behind the name of each service: "shop-" and "-1".
struct Frame {
  string_view before;
  string_view behind;
  explicit Frame(const std::vector<Container>& all) {
    if (all.size() < 4) return;
    before = all.front().name.substr(0, all.front().name.find_first_of("-_") + 1);
    behind = all.front().name.substr(std::min(all.front().name.find_last_of("-_"), all.front().name.size()));
    for (const Container& each : all)
      if (!each.name.starts_with(before) || !each.name.ends_with(behind) ||
          each.name.size() <= before.size() + behind.size())
        before = behind = {};
  }
  bool saves() const { return before.size() > 1 && behind.size() > 1; }
};

void reduce_ps(Draft& draft, std::size_t header) {
  const Columns columns(draft.line(header));
  draft.absorb(header);
  draft.mention("id, command, age");
  std::size_t count = 0;
  std::vector<Container> containers;
  for (std::size_t i = header + 1; i < draft.size() && is_row(draft.line(i)); ++i) {
    const auto cell = [&](string_view name) { return columns.cell(draft.line(i), name); };
    const string_view status = cell("STATUS");
    const string_view name = cell("NAMES");
    if (name.empty() || status.empty()) continue;
    const bool up = status.starts_with("Up") && !contains(status, "unhealthy") && !contains(status, "Restarting") &&
                    !contains(status, "(Paused)");
    if (up && ++count > kRows) {
      draft.take(i, "running containers");
      continue;
    }
    const string ports = short_ports(cell("PORTS"));
    containers.push_back({i, name,
                          " " + short_image(cell("IMAGE")) + " " + (up ? "Up" : state_text(status)) +
                              (ports.empty() ? "" : " " + ports)});
  }
  const Frame frame(containers);
  for (const Container& each : containers) {
    string text;
    string_view name = each.name;
    if (frame.saves()) {
      if (&each == &containers.front()) text = string(frame.before) + "*" + string(frame.behind) + ":\n";
      name = name.substr(frame.before.size(), name.size() - frame.before.size() - frame.behind.size());
    }
    draft.show(each.at, text + string(name) + each.rest);
  }
}

struct Repository {
  string_view name;
  std::size_t at = 0;
  std::vector<std::pair<string_view, string_view>> tags;  ///< with sizes
};

/// "MB" of "124MB".
string_view unit_of(string_view size) {
  const std::size_t end = size.find_last_of("0123456789");
  return end == string_view::npos ? string_view() : size.substr(end + 1);
}

void reduce_images(Draft& draft, std::size_t header) {
  const Columns columns(draft.line(header));
  draft.absorb(header);
  draft.mention("id, age");
  std::vector<Repository> repositories;
  std::map<string_view, std::size_t> places;
  for (std::size_t i = header + 1; i < draft.size() && is_row(draft.line(i)); ++i) {
    const string_view name = columns.cell(draft.line(i), "REPOSITORY");
    const string_view size = columns.cell(draft.line(i), "SIZE");
    if (size.empty()) continue;
    const auto [place, fresh] = places.try_emplace(name, repositories.size());
    if (fresh) repositories.push_back({name, i, {}});
    const string_view tag = columns.cell(draft.line(i), "TAG");
    // Without a tag the id is the only name it has.
    repositories[place->second].tags.emplace_back(tag == "<none>" ? columns.cell(draft.line(i), "IMAGE ID") : tag,
                                                  size);
    draft.absorb(i);
  }
  string_view unit = repositories.empty() ? string_view() : unit_of(repositories.front().tags.front().second);
  for (const Repository& each : repositories)
    for (const auto& [tag, size] : each.tags) unit = unit_of(size) == unit ? unit : string_view();
  string_view folder;
  for (const Repository& each : repositories) {
    const string_view own = each.name.substr(0, each.name.rfind('/') + 1);
    const bool again = own.size() > 5 && own == folder;
    folder = own;
    string text = again ? "../" + string(each.name.substr(own.size())) : string(each.name);
    for (const auto& [tag, size] : each.tags)
      text += " " + string(tag) + (unit.empty() ? " " : ":") + string(size.substr(0, size.size() - unit.size())) +
              (unit.empty() && &tag != &each.tags.back().first ? "," : "");
    if (&each == &repositories.front() && !unit.empty()) text = "tag:" + string(unit) + "\n" + text;
    draft.show(each.at, text);
  }
}

/// "#12 0.345 text" of a build without a terminal; the step's number, 0 when it is none.
std::uint64_t step_of(string_view line, string_view& rest) {
  if (!line.starts_with('#')) return 0;
  const auto number = leading_number(line.substr(1));
  const std::size_t blank = line.find(' ');
  if (!number || blank == string_view::npos) return 0;
  rest = line.substr(blank + 1);
  return *number;
}

bool is_layer(string_view line) {
  const std::size_t colon = line.find(": ");
  if (colon != 12 || line.substr(0, 12).find_first_not_of("0123456789abcdef") != string_view::npos) return false;
  const string_view state = line.substr(14);
  for (const string_view word :
       {"Pulling fs layer", "Waiting", "Verifying", "Download", "Extracting", "Pull complete", "Already exists",
        "Preparing", "Pushed", "Pushing", "Layer already exists", "Mounted from"})
    if (state.starts_with(word)) return true;
  return false;
}

bool is_compose_step(string_view line) {
  string_view text = trimmed(line);
  // "Started   0.3s"
  if (const std::size_t time = text.find_last_not_of("0123456789.s");
      text.ends_with('s') && time != string_view::npos && text[time] == ' ')
    text = trimmed(text.substr(0, time));
  if (!text.starts_with("Container ") && !text.starts_with("Network ") && !text.starts_with("Volume ") &&
      !text.starts_with("✔ "))
    return false;
  for (const string_view state :
       {"Creating", "Starting", "Stopping", "Removing", "Waiting", "Recreate", "Recreated", "Created", "Pulled",
        "Pulling", "Started", "Stopped", "Removed", "Running", "Healthy", "Built"})
    if (text.ends_with(state)) return true;
  return false;
}

void reduce_steps(Draft& draft) {
  for (std::size_t i = 0; i < draft.size(); ++i) {
    const string_view line = draft.line(i);
    string_view rest;
    if (const std::uint64_t step = step_of(line, rest); step > 0) {
      if (rest.starts_with("ERROR") || rest.starts_with("WARN"))
        draft.pin(i);
      else if (rest.starts_with("[") && !rest.starts_with("[internal]") && !rest.starts_with("[auth]") &&
               contains(rest, "RUN "))
        continue;
      else
        draft.drop(i, "lines of build steps");
    } else if (contains(line, " | >>> ")) {
      draft.pin(i);
    } else if (is_layer(line)) {
      draft.drop(i, "states of layers");
    } else if (is_compose_step(line)) {
      draft.drop(i, "steps of containers");
    } else if (line.starts_with("Digest: sha256:") || line.starts_with("What's next:") ||
               line.starts_with("    View a summary of image") || line.starts_with("View build details:")) {
      draft.drop(i, "hints");
    } else if (line.starts_with(" ---> ") || line.starts_with("Removing intermediate container") ||
               line.starts_with("Sending build context")) {
      draft.drop(i, "lines of build steps");
    } else if (line.starts_with("=> ") || line.starts_with(" => ")) {
      if (!contains(line, "ERROR")) draft.drop(i, "lines of build steps");
    }
  }
}

void reduce_docker(Draft& draft, const Known&) {
  for (std::size_t i = 0; i < draft.size(); ++i) {
    if (is_ps_header(draft.line(i))) reduce_ps(draft, i);
    if (is_images_header(draft.line(i))) reduce_images(draft, i);
  }
  reduce_steps(draft);
}

bool detects_docker(const Draft& draft) {
  return count_lines(draft, [](string_view line) {
           string_view rest;
           return is_ps_header(line) || is_images_header(line) || is_layer(line) ||
                  (step_of(line, rest) > 0 && (rest.starts_with("[") || rest.starts_with("DONE"))) ||
                  is_compose_step(line);
         }) > 0;
}

constexpr std::array kFamilies = {
    Family{"docker", "docker, podman: ps, images, build, pull, compose: states and errors, no layers",
           [](const Command& c) {
             const bool tool =
                 c.is("docker") || c.is("podman") || c.is("docker-compose") || c.is("nerdctl") || c.is("buildah");
             return tool && c.word(0) != "logs" && !(c.word(0) == "compose" && c.word(1) == "logs") &&
                    c.word(0) != "exec" && c.word(0) != "inspect";
           },
           detects_docker, reduce_docker},
};

}  // namespace

std::span<const Family> container_families() {
  return kFamilies;
}

}  // namespace duotty::digest
