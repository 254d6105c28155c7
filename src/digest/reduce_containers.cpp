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

/// "0.0.0.0:8080->80/tcp, :::8080->80/tcp" as "8080->80".
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
    } else {
      continue;  // exposed, not published
    }
    if (!contains(out, port)) out += (out.empty() ? "" : ",") + string(port);
  }
  return out;
}

/// The last part of an image's name.
string short_image(string_view image) {
  const std::size_t slash = image.rfind('/');
  return string(slash == string_view::npos ? image : image.substr(slash + 1));
}

void reduce_ps(Draft& draft, std::size_t header) {
  const Columns columns(draft.line(header));
  draft.absorb(header);
  draft.mention("ids, commands and times of containers");
  std::size_t count = 0;
  for (std::size_t i = header + 1; i < draft.size() && !draft.line(i).empty(); ++i) {
    const auto cell = [&](string_view name) { return columns.cell(draft.line(i), name); };
    const string_view status = cell("STATUS");
    const string_view name = cell("NAMES");
    if (name.empty() || status.empty()) continue;
    const bool up = status.starts_with("Up") && !contains(status, "unhealthy") && !contains(status, "Restarting");
    if (!up) {
      draft.show(i, string(name) + " " + short_image(cell("IMAGE")) + " " + string(status));
      continue;
    }
    if (++count > kRows) {
      draft.take(i, "running containers");
      continue;
    }
    const string ports = short_ports(cell("PORTS"));
    draft.show(i, string(name) + " " + short_image(cell("IMAGE")) + " Up" + (ports.empty() ? "" : " " + ports));
  }
}

void reduce_images(Draft& draft, std::size_t header) {
  const Columns columns(draft.line(header));
  draft.absorb(header);
  draft.mention("ids and ages of images");
  std::map<string, std::pair<std::size_t, string>> repositories;
  for (std::size_t i = header + 1; i < draft.size() && !draft.line(i).empty(); ++i) {
    const auto cell = [&](string_view name) { return string(columns.cell(draft.line(i), name)); };
    if (cell("SIZE").empty()) continue;
    auto& [first, tags] = repositories.try_emplace(cell("REPOSITORY"), i, string()).first->second;
    tags += (tags.empty() ? " " : ", ") + cell("TAG") + " " + cell("SIZE");
    draft.absorb(i);
  }
  for (const auto& [name, row] : repositories) draft.show(row.first, name + row.second);
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
  const string_view text = trimmed(line);
  if (!text.starts_with("Container ") && !text.starts_with("Network ") && !text.starts_with("Volume ") &&
      !text.starts_with("✔ "))
    return false;
  for (const string_view state : {"Creating", "Starting", "Stopping", "Removing", "Waiting", "Recreate", "Recreated",
                                  "Created", "Pulled", "Pulling"})
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
