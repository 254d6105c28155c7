#include <algorithm>
#include <duotty/record/codec.hpp>
#include <duotty/rpc/method.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace duotty::rpc {

Table::Table() = default;
Table::~Table() = default;

void Table::check_free(const std::string& name, const HttpBinding& http) const {
  const auto clashes = [&](const std::string& other, const HttpBinding& its) {
    const bool same_binding =
        http.verb && its.verb && std::string_view(http.verb) == its.verb && std::string_view(http.path) == its.path;
    if (other == name || same_binding) throw std::logic_error("declared twice: " + name);
  };
  for (const auto& method : methods_) clashes(method->name, method->spec.http);
  for (const Route& route : routes_) clashes(route.name, route.http);
}

void Table::add(Method method) {
  check_free(method.name, method.spec.http);
  methods_.push_back(std::make_unique<Method>(std::move(method)));
}

void Table::add(Route route) {
  check_free(route.name, route.http);
  routes_.push_back(std::move(route));
}

const Method* Table::find(std::string_view name) const {
  const auto found = std::find_if(methods_.begin(), methods_.end(), [&](const auto& m) { return m->name == name; });
  return found == methods_.end() ? nullptr : found->get();
}

std::string Table::nearest(std::string_view name) const {
  std::vector<std::string> names;
  for (const auto& method : methods_) {
    names.push_back(method->name);
  }
  return record::detail::nearest(std::string(name), names);
}

}  // namespace duotty::rpc
