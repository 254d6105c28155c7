#pragma once
// Verb and path to route and captures (pure). A template is a path whose segments are literals, `{name}` (one non-empty
// segment) or, last, `{name...}` (the rest, at least one segment). A literal wins over a capture. Matching costs the
// number of segments, whatever the number of routes.
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace duotty::http {

/// What a route captured from the path, in order.
using Captures = std::vector<std::pair<std::string, std::string>>;

/// The outcome of Router::match().
struct RouteMatch {
  enum class Outcome { found, no_such_path, no_such_method };
  Outcome outcome = Outcome::no_such_path;
  std::size_t route = 0;  ///< the id given to add(), when found
  Captures captures;      ///< when found
  std::string allow;      ///< value of `Allow` when the path exists: "GET, HEAD, OPTIONS"
};

/// A table of routes. Built once.
class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  /// Adds a route. Throws std::logic_error for a malformed template or when verb and path are taken (a bug).
  void add(std::string_view verb, std::string_view path, std::size_t route);
  /// Finds the route of a decoded path (Request::path). HEAD is answered by GET; one trailing slash does not matter.
  RouteMatch match(std::string_view verb, std::string_view path) const;

 private:
  struct Node;
  std::unique_ptr<Node> root_;
};

}  // namespace duotty::http
