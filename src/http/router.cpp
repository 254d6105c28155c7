#include <duotty/http/router.hpp>
#include <optional>
#include <stdexcept>

namespace duotty::http {
namespace {

/// `{name}` or `{name...}`: the name inside, and whether it takes the rest.
struct Template {
  std::string name;
  bool rest = false;
};

std::optional<Template> capture_of(std::string_view segment) {
  if (segment.size() < 3 || segment.front() != '{' || segment.back() != '}') return std::nullopt;
  Template capture{std::string(segment.substr(1, segment.size() - 2)), false};
  if (capture.name.ends_with("...")) {
    capture.name.resize(capture.name.size() - 3);
    capture.rest = true;
  }
  return capture;
}

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path.empty()) return segments;
  for (;;) {
    const std::size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

/// One verb of one path, with the names its template gives to captures.
struct Route {
  std::size_t id = 0;
  std::vector<std::string> names;
};

}  // namespace

struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> capture;
  std::unique_ptr<Node> rest;
  std::map<std::string, Route, std::less<>> verbs;

  Node& literal(std::string_view segment) {
    auto& child = literals[std::string(segment)];
    if (!child) child = std::make_unique<Node>();
    return *child;
  }

  /// The node of a path; what its captures took is in `values`.
  const Node* find(const std::vector<std::string_view>& path, std::size_t at, std::vector<std::string>& values) const {
    if (at == path.size()) return verbs.empty() ? nullptr : this;
    const auto literal = literals.find(path[at]);
    if (literal != literals.end()) {
      if (const Node* found = literal->second->find(path, at + 1, values)) return found;
    }
    if (capture && !path[at].empty()) {
      values.emplace_back(path[at]);
      if (const Node* found = capture->find(path, at + 1, values)) return found;
      values.pop_back();
    }
    if (!rest) return nullptr;
    std::string& value = values.emplace_back(path[at]);
    for (std::size_t i = at + 1; i < path.size(); ++i) value.append("/").append(path[i]);
    return rest.get();
  }

  std::string allow() const {
    std::string text;
    for (const auto& [verb, route] : verbs) {
      text += verb + ", ";
      if (verb == "GET" && !verbs.contains("HEAD")) text += "HEAD, ";
    }
    return text + "OPTIONS";
  }
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::add(std::string_view verb, std::string_view path, std::size_t route) {
  if (verb.empty() || !path.starts_with('/')) throw std::logic_error("malformed route " + std::string(path));
  Node* node = root_.get();
  Route added{route, {}};
  bool ended = false;
  for (const std::string_view segment : segments_of(path)) {
    if (segment.empty() || ended) throw std::logic_error("malformed route " + std::string(path));
    const auto capture = capture_of(segment);
    if (!capture) {
      node = &node->literal(segment);
      continue;
    }
    auto& child = capture->rest ? node->rest : node->capture;
    if (!child) child = std::make_unique<Node>();
    node = child.get();
    ended = capture->rest;
    added.names.push_back(capture->name);
  }
  const bool fresh = node->verbs.emplace(std::string(verb), std::move(added)).second;
  if (!fresh) throw std::logic_error("two routes for " + std::string(verb) + " " + std::string(path));
}

RouteMatch Router::match(std::string_view verb, std::string_view path) const {
  RouteMatch match;
  std::vector<std::string> values;
  const Node* node = root_->find(segments_of(path), 0, values);
  if (node == nullptr) return match;
  match.allow = node->allow();
  auto route = node->verbs.find(verb);
  if (route == node->verbs.end() && verb == "HEAD") route = node->verbs.find("GET");
  if (route == node->verbs.end()) {
    match.outcome = RouteMatch::Outcome::no_such_method;
    return match;
  }
  match.outcome = RouteMatch::Outcome::found;
  match.route = route->second.id;
  for (std::size_t i = 0; i < values.size(); ++i) {
    match.captures.emplace_back(route->second.names[i], std::move(values[i]));
  }
  return match;
}

}  // namespace duotty::http
