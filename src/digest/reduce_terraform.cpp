// terraform and tofu: plan, apply, init.
#include <array>

#include "reducers.hpp"

namespace duotty::digest {
namespace {

using std::string_view;

bool is_refresh(string_view line) {
  for (const string_view part : {": Refreshing state...", ": Reading...", ": Read complete after", ": Creating...",
                                 ": Still creating...", ": Modifying...", ": Still modifying...", ": Destroying...",
                                 ": Still destroying...", ": Provisioning with", ": Still reading..."})
    if (contains(line, part)) return true;
  return false;
}

bool is_legend(string_view line) {
  for (const string_view part : {"Resource actions are indicated",
                                 "Terraform used the selected providers",
                                 "OpenTofu used the selected providers",
                                 "  + create",
                                 "  - destroy",
                                 "  ~ update in-place",
                                 "-/+ destroy and then create",
                                 " <= read (data",
                                 "+/- create replacement",
                                 "Terraform will perform the following",
                                 "OpenTofu will perform the following",
                                 "Note: You didn't use the -out option",
                                 "guarantee to take exactly these",
                                 "plan. Resource actions",
                                 "symbols:",
                                 "following symbols",
                                 "- Finding ",
                                 "- Installing ",
                                 "- Reusing previous",
                                 "- Using previously",
                                 "- Installed ",
                                 "Partner and community",
                                 "If you'd like to know more",
                                 "https://",
                                 "any changes that are required",
                                 "should now work",
                                 "rerun this command",
                                 "commands will detect it",
                                 "Terraform has created a lock file",
                                 "selections it made",
                                 "so that Terraform can guarantee",
                                 "you run \"terraform init\"",
                                 "You may now begin",
                                 "If you ever set or change",
                                 "Initializing provider plugins",
                                 "Initializing the backend",
                                 "Initializing modules"})
    if (line.starts_with(part) || (part.size() > 20 && contains(line, part))) return true;
  if (line.size() > 20 && (line.starts_with("────") || line.find_first_not_of('-') == string_view::npos)) return true;
  return false;
}

enum class Change { none, create, destroy, update, replace };

/// "  # aws_instance.web will be created"
Change change_of(string_view line) {
  if (!line.starts_with("  # ")) return Change::none;
  if (contains(line, " must be replaced") || contains(line, " will be replaced") || contains(line, " is tainted"))
    return Change::replace;
  if (contains(line, " will be created")) return Change::create;
  if (contains(line, " will be destroyed")) return Change::destroy;
  if (contains(line, " will be updated") || contains(line, " has changed") || contains(line, " will be read"))
    return Change::update;
  return Change::none;
}

void reduce_terraform(Draft& draft, const Known&) {
  Change change = Change::none;
  for (std::size_t i = 0; i < draft.size(); ++i) {
    const string_view line = draft.line(i);
    const string_view text = trimmed(line);
    if (const Change found = change_of(line); found != Change::none) {
      change = found;
      draft.pin(i);
    } else if (text.starts_with("│") || text.starts_with("╷") || text.starts_with("╵")) {
      draft.pin(i);
      if (text == "│" || text == "╷" || text == "╵") draft.absorb(i);
    } else if (is_refresh(line)) {
      draft.drop(i, "steps");
    } else if (is_legend(line)) {
      draft.take(i, "lines of explanation");
    } else if (line.starts_with("Plan: ") || line.starts_with("Apply complete!") ||
               line.starts_with("Changes to Outputs") || line.starts_with("Outputs:")) {
      change = Change::none;
    } else if (change != Change::none && line.starts_with("  ")) {
      const bool differs = text.starts_with("~ ") || contains(text, " -> ") || contains(text, "forces replacement");
      const bool header = text.starts_with("+ resource ") || text.starts_with("- resource ") ||
                          text.starts_with("~ resource ") || text.starts_with("-/+ resource ");
      const bool matters = (change == Change::update || change == Change::replace) && differs &&
                           !contains(text, "(known after apply)") && !header && !text.ends_with("{");
      if (!matters && !contains(text, "forces replacement"))
        draft.take(i, "attributes");
      else
        draft.pin(i);
    }
  }
}

bool detects_terraform(const Draft& draft) {
  return count_lines(draft, [](string_view line) {
           return change_of(line) != Change::none || line.starts_with("Terraform used the selected providers") ||
                  line.starts_with("Plan: ") || line.starts_with("Apply complete! Resources") ||
                  line.starts_with("Initializing provider plugins");
         }) > 0;
}

constexpr std::array kFamilies = {
    Family{"terraform", "terraform, tofu: resources by what becomes of them, changed attributes, errors",
           [](const Command& c) { return c.is("terraform") || c.is("tofu") || c.is("terragrunt"); }, detects_terraform,
           reduce_terraform},
};

}  // namespace

std::span<const Family> terraform_families() {
  return kFamilies;
}

}  // namespace duotty::digest
