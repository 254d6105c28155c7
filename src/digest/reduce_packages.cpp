// Package managers: apt, npm, yarn, pnpm, pip, and what downloads for them.
#include <array>

#include "reducers.hpp"

namespace duotty::digest {
namespace {

using std::string;
using std::string_view;

constexpr std::array kRules = {
    // apt, dpkg
    Rule{"Get:", "downloads"}, Rule{"Hit:", "downloads"}, Rule{"Ign:", "downloads"},
    Rule{"Selecting previously unselected", "installation steps"}, Rule{"Preparing to unpack ", "installation steps"},
    Rule{"Unpacking ", "installation steps"}, Rule{"Setting up ", "installation steps"},
    Rule{"Processing triggers for ", "installation steps"}, Rule{"(Reading database", "installation steps"},
    Rule{"Reading package lists", "installation steps"}, Rule{"Building dependency tree", "installation steps"},
    Rule{"Reading state information", "installation steps"}, Rule{"Progress: [", "installation steps"},
    Rule{"Fetched ", "downloads"}, Rule{"Need to get ", "downloads"},
    Rule{"After this operation, ", "installation steps"}, Rule{"debconf: delaying", "installation steps"},
    Rule{"update-alternatives: using ", "installation steps"}, Rule{"Purging configuration", "installation steps"},
    Rule{"Use 'apt autoremove'", "hints"}, Rule{"Use 'sudo apt autoremove'", "hints"},
    Rule{"Created symlink ", "installation steps"}, Rule{"Preconfiguring packages", "installation steps"},
    Rule{"Extracting templates", "installation steps"}, Rule{"Calculating upgrade", "installation steps"},
    Rule{"Scanning processes", "installation steps"}, Rule{"Scanning linux images", "installation steps"},
    Rule{"Running kernel seems", "installation steps"}, Rule{"Adding group ", "installation steps"},
    Rule{"Adding user ", "installation steps"}, Rule{"Adding system user", "installation steps"},
    Rule{"Creating config file /", "installation steps"}, Rule{"update-rc.d: ", "installation steps"},
    // npm, yarn, pnpm
    Rule{"npm notice", "hints"}, Rule{"npm http fetch", "downloads"}, Rule{"npm verb", "installation steps"},
    Rule{"npm sill", "installation steps"}, Rule{"npm timing", "installation steps"},
    Rule{"npm info", "installation steps"}, Rule{"  run `npm fund`", "hints"}, Rule{"Run `npm audit`", "hints"},
    Rule{"To address all issues", "hints"}, Rule{"To address issues that", "hints"}, Rule{"  npm audit fix", "hints"},
    Rule{"yarn install v", "installation steps"}, Rule{"[1/4]", "installation steps"},
    Rule{"[2/4]", "installation steps"}, Rule{"[3/4]", "installation steps"}, Rule{"[4/4]", "installation steps"},
    Rule{"[5/5]", "installation steps"}, Rule{"info ", "installation steps"}, Rule{"├─ ", "installed packages"},
    Rule{"└─ ", "installed packages"}, Rule{"Progress: resolved", "installation steps"},
    Rule{"Lockfile is up to date", "installation steps"}, Rule{"Already up to date", "installation steps"},
    Rule{"➤ YN0000: ", "installation steps"}, Rule{"➤ YN0013: ", "installation steps"},
    Rule{"++++", "installation steps"}, Rule{"Virtual store is at", "installation steps"},
    Rule{"Content-addressable store", "installation steps"}, Rule{"The integrity of ", "installation steps"},
    // pip, uv, conda
    Rule{"Collecting ", "installation steps"}, Rule{"  Downloading ", "downloads"}, Rule{"Downloading ", "downloads"},
    Rule{"  Using cached ", "downloads"}, Rule{"Using cached ", "downloads"},
    Rule{"Requirement already satisfied: ", "packages that were there"},
    Rule{"Installing collected packages: ", "installation steps"}, Rule{"  Preparing metadata", "installation steps"},
    Rule{"  Getting requirements", "installation steps"}, Rule{"  Installing build dependencies", "installation steps"},
    Rule{"Building wheels for ", "installation steps"}, Rule{"  Building wheel for ", "installation steps"},
    Rule{"  Created wheel for ", "installation steps"}, Rule{"  Stored in directory", "installation steps"},
    Rule{"Successfully built ", "installation steps"}, Rule{"Looking in indexes", "installation steps"},
    Rule{"     ━", "downloads"}, Rule{"     |█", "downloads"}, Rule{"Obtaining ", "installation steps"},
    Rule{"[notice] ", "hints"}, Rule{"Attempting uninstall: ", "installation steps"},
    Rule{"  Attempting uninstall: ", "installation steps"},
    Rule{"    Found existing installation", "installation steps"}, Rule{"    Uninstalling ", "installation steps"},
    Rule{"      Successfully uninstalled", "installation steps"}, Rule{" + ", "installed packages"},
    // apk, dnf, brew, gem, composer
    Rule{"fetch http", "downloads"}, Rule{"==> Downloading", "downloads"}, Rule{"==> Pouring", "installation steps"},
    Rule{"==> Fetching", "downloads"}, Rule{"Fetching ", "downloads"}, Rule{"Using ", "packages that were there"},
    Rule{"  - Downloading ", "downloads"}, Rule{"  - Installing ", "installation steps"},
    Rule{"  - Locking ", "installation steps"}, Rule{"  Installing : ", "installation steps"},
    Rule{"  Verifying  : ", "installation steps"}, Rule{"  Upgrading  : ", "installation steps"},
    Rule{"  Cleanup    : ", "installation steps"}, Rule{"Already downloaded: ", "downloads"}};

bool is_apk_step(string_view line) {
  return line.starts_with('(') && contains(line, "/") &&
         (contains(line, ") Installing ") || contains(line, ") Upgrading "));
}

/// Lists whose content the command asked for; what is removed, held back or cannot be installed is none of them.
bool opens_names(string_view line) {
  if (line == "Suggested packages:" || line == "Recommended packages:") return true;
  if (!line.starts_with("The following ")) return false;
  return line.ends_with("packages will be installed:") || line.ends_with("packages will be upgraded:") ||
         line.ends_with("are no longer required:") || line.ends_with("package will be installed:");
}

/// "npm warn deprecated glob@7.2.3: Glob versions prior to v9 are no longer supported"
string_view deprecated_package(string_view line) {
  for (const string_view begin : {"npm warn deprecated ", "npm WARN deprecated "}) {
    if (!line.starts_with(begin)) continue;
    const string_view rest = line.substr(begin.size());
    return rest.substr(0, rest.find(": "));
  }
  return {};
}

string cut_names(string_view line, std::size_t most) {
  const auto names = words_of(line, 4096);
  if (names.size() <= most) return string(line);
  string text;
  for (std::size_t n = 0; n < most; ++n) text += (n == 0 ? "" : " ") + string(names[n]);
  return text + " +" + std::to_string(names.size() - most) + " more";
}

void reduce_packages(Draft& draft, const Known&) {
  bool names = false;
  std::size_t deprecated_at = draft.size();
  std::size_t deprecated_count = 0;
  string deprecated;
  for (std::size_t i = 0; i < draft.size(); ++i) {
    const string_view line = draft.line(i);
    if (names && line.starts_with("  ")) {
      draft.drop(i, "rows of package names");
      continue;
    }
    names = false;
    if (const string_view package = deprecated_package(line); !package.empty()) {
      if (deprecated_at == draft.size()) deprecated_at = i;
      deprecated += (deprecated.empty() ? "" : ", ") + string(package);
      ++deprecated_count;
      draft.absorb(i);
    } else if (opens_names(line)) {
      names = true;
      draft.drop(i, "rows of package names");
    } else if (line.starts_with("Successfully installed ") || line.starts_with("Would install ")) {
      draft.show(i, cut_names(line, 14));
    } else if (contains(line, "packages are looking for funding") || contains(line, "package is looking for funding")) {
      draft.drop(i, "hints");
    } else if (is_apk_step(line)) {
      draft.drop(i, "installation steps");
    } else if (line.ends_with(" deduped") && contains(line, "── ")) {
      draft.take(i, "packages named before");
    } else if (contains(line, "── UNMET OPTIONAL DEPENDENCY ")) {
      draft.take(i, "optional packages that are not there");
    } else {
      drop_by(draft, i, kRules);
    }
  }
  if (deprecated_count > 0) {
    draft.show(deprecated_at, "npm warn deprecated (" + std::to_string(deprecated_count) + "): " + deprecated);
    if (deprecated_count > 1) draft.mention("why packages are deprecated");
  }
}

bool detects_packages(const Draft& draft) {
  return count_lines(draft, [](string_view line) {
           return line.starts_with("Setting up ") || line.starts_with("Get:") || line.starts_with("Hit:") ||
                  line.starts_with("Requirement already satisfied: ") || line.starts_with("npm warn ") ||
                  line.starts_with("npm WARN ") || line.starts_with("npm notice") || line.starts_with("Collecting ") ||
                  (line.starts_with("added ") && contains(line, " packages")) || is_apk_step(line) ||
                  line.starts_with("Progress: resolved") || line.starts_with("yarn install v");
         }) > 0;
}

// --- downloads ------------------------------------------------------------------------------------------------------

bool is_curl_row(string_view line) {
  const auto words = words_of(line);
  return words.size() == 12 && leading_number(words[0]) && (contains(words[8], ":") || contains(words[9], ":"));
}

void reduce_download(Draft& draft, const Known&) {
  std::size_t last = draft.size();
  for (std::size_t i = 0; i < draft.size(); ++i) {
    const string_view line = draft.line(i);
    const string_view text = trimmed(line);
    const bool dots = leading_number(text) && (contains(text, "K ....") || contains(text, "K   "));
    const bool bar = contains(text, "%[") && contains(text, "]");
    const bool row = is_curl_row(line) || (contains(line, "% Total") && contains(line, "% Received")) ||
                     contains(line, "Dload  Upload");
    if (dots || bar || row) {
      if (last < draft.size() && !dots) draft.drop(last, "steps of progress");
      if (dots)
        draft.drop(i, "steps of progress");
      else
        last = i;
    } else if (line.starts_with("Resolving ") || line.starts_with("Connecting to ") ||
               line.starts_with("Reusing existing connection") || line.starts_with("Saving to: ") ||
               line.starts_with("Length: ")) {
      draft.drop(i, "steps of the connection");
    } else if ((line.starts_with("* ") || line.starts_with("} [") || line.starts_with("{ [")) &&
               draft.trouble(i) == Trouble::none) {
      draft.drop(i, "steps of the connection");
    }
  }
}

constexpr std::array kFamilies = {
    Family{"packages", "apt, npm, yarn, pnpm, pip and others: what was installed, warnings, errors; no steps",
           [](const Command& c) {
             return c.is_any({"apt",  "apt-get", "dpkg",  "npm",    "yarn",     "pnpm",     "pip",
                              "pip3", "uv",      "conda", "mamba",  "poetry",   "apk",      "dnf",
                              "yum",  "brew",    "gem",   "bundle", "composer", "aptitude", "bun"});
           },
           detects_packages, reduce_packages},
    Family{"download", "wget and curl: no bars",
           [](const Command& c) { return c.is("wget") || c.is("curl") || c.is("aria2c"); },
           [](const Draft& draft) {
             return count_lines(draft, [](string_view line) { return contains(line, "% Received % Xferd"); }) > 0;
           },
           reduce_download},
};

}  // namespace

std::span<const Family> package_families() {
  return kFamilies;
}

}  // namespace duotty::digest
