// Documents for agents, out of the folder skills: the skill file, its guides, the reference, how to install.
#include <algorithm>
#include <duotty/base/embedded.hpp>
#include <duotty/base/text.hpp>
#include <duotty/rpc/openapi.hpp>

#include "methods.hpp"

extern "C" {
extern const duotty::base::EmbeddedFile duotty_skills_table[];
extern const unsigned long duotty_skills_count;
}

namespace duotty::api {
namespace {

constexpr std::string_view kSkill = "duotty/SKILL.md";
constexpr std::string_view kGuides = "duotty/guides/";
/// Where the files in the folder say that the server is; what is served says where it really is.
constexpr std::string_view kUsualAddress = "http://localhost:3000";

struct GuideInfo {
  std::string name;
  std::string title;
  std::string description;
  std::string path;
  static constexpr auto fields() {
    using T = GuideInfo;
    return std::tuple{field("name", &T::name, "Name of the guide, for guides.get."),
                      field("title", &T::title, "What it is about, in a few words."),
                      field("description", &T::description, "When to read it."),
                      field("path", &T::path, "Where this server has it.")};
  }
};

struct GuideList {
  int version = 0;
  std::vector<GuideInfo> guides;
  static constexpr auto fields() {
    using T = GuideList;
    return std::tuple{
        field("version", &T::version, "Version of the skill and its guides, as the front matter of skill.md says."),
        field("guides", &T::guides, "By name.")};
  }
};

struct GuideParams {
  std::string name;
  static constexpr auto fields() {
    return std::tuple{field("name", &GuideParams::name, "Name of the guide, with or without .md.").required()};
  }
};

std::string_view document(std::string_view path) {
  for (unsigned long i = 0; i < duotty_skills_count; ++i) {
    if (path == duotty_skills_table[i].path) return duotty_skills_table[i].bytes();
  }
  return {};
}

/// The value of `key` among the lines between the two rows of dashes that a document begins with.
std::string front_matter(std::string_view text, std::string_view key) {
  const auto end = text.find("\n---\n");
  if (end == std::string_view::npos) return {};
  for (const auto line : base::split(text.substr(0, end), '\n')) {
    if (line.starts_with(key) && line.substr(key.size()).starts_with(": ")) {
      return std::string(line.substr(key.size() + 2));
    }
  }
  return {};
}

std::string filled(std::string_view text, const Services& s, const Call& call) {
  const std::string address = address_for(s, call);
  std::string out = base::replace_all(std::string(text), kUsualAddress, address);
  out = base::replace_all(std::move(out), "{{BASE_URL}}", address);
  return base::replace_all(std::move(out), "{{VERSION}}", s.facts.version);
}

Task<Result<rpc::Text>> skill(Services& s, Call& call, record::Empty) {
  co_return rpc::Text{filled(document(kSkill), s, call)};
}

Task<Result<rpc::Text>> http_guide(Services& s, Call& call, record::Empty) {
  std::string text = filled(document("duotty/HTTP.md"), s, call);
  co_return rpc::Text{base::replace_all(std::move(text), "{{REFERENCE}}", rpc::markdown_reference(*s.table))};
}

Task<Result<rpc::Text>> install(Services& s, Call& call, record::Empty) {
  co_return rpc::Text{filled(document("duotty/INSTALL.md"), s, call)};
}

/// The embedded files come sorted by path, so the list is sorted by name.
std::vector<GuideInfo> all_guides() {
  std::vector<GuideInfo> guides;
  for (unsigned long i = 0; i < duotty_skills_count; ++i) {
    std::string_view path = duotty_skills_table[i].path;
    if (!path.starts_with(kGuides) || !path.ends_with(".md")) continue;
    const std::string_view text = duotty_skills_table[i].bytes();
    path.remove_prefix(kGuides.size());
    path.remove_suffix(3);
    guides.push_back({.name = std::string(path),
                      .title = front_matter(text, "title"),
                      .description = front_matter(text, "description"),
                      .path = "/api/agent/guides/" + std::string(path)});
  }
  return guides;
}

Task<Result<GuideList>> guides_list(Services&, Call&, record::Empty) {
  GuideList list;
  list.version = std::atoi(front_matter(document(kSkill), "version").c_str());
  list.guides = all_guides();
  co_return list;
}

Task<Result<rpc::Text>> guides_get(Services& s, Call& call, GuideParams params) {
  std::string name = params.name;
  if (name.ends_with(".md")) name.resize(name.size() - 3);
  const std::string_view text = document(std::string(kGuides) + name + ".md");
  if (text.empty()) {
    co_return Error(Errc::not_found, "There is no guide \"" + base::shorten(base::to_valid_utf8(name), 80) +
                                         "\". guides.list names them.");
  }
  co_return rpc::Text{filled(text, s, call)};
}

}  // namespace

void add_document_methods(Registrar& table) {
  using rpc::Extra;
  constexpr const char* kMarkdown = "text/markdown; charset=utf-8";
  table.call("skill.md", skill,
             {.http = {"GET", "/api/agent/skill.md", kMarkdown},
              .scope = Scope::none,
              .extra = Extra::ignore,
              .about = "The skill file for agents; its front matter has the version."});
  table.call("guides.list", guides_list,
             {.http = {"GET", "/api/agent/guides"},
              .scope = Scope::none,
              .extra = Extra::ignore,
              .about = "The guides that go with the skill: what each is about, and the version of all of them."});
  table.call("guides.get", guides_get,
             {.http = {"GET", "/api/agent/guides/{name}", kMarkdown},
              .scope = Scope::none,
              .extra = Extra::ignore,
              .about = "One guide, as Markdown.",
              .example = R"({"name": "drive-a-process"})"});
  table.call("http.md", http_guide,
             {.http = {"GET", "/api/agent/http.md", kMarkdown},
              .scope = Scope::none,
              .extra = Extra::ignore,
              .about = "The HTTP reference, generated from the method table."});
  table.call("install.md", install,
             {.http = {"GET", "/api/agent/install.md", "text/plain; charset=utf-8"},
              .scope = Scope::none,
              .extra = Extra::ignore,
              .about = "How an agent sets itself up to use this server."});
}

}  // namespace duotty::api
