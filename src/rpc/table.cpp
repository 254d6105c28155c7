#include <algorithm>
#include <duotty/record/codec.hpp>
#include <duotty/rpc/method.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace duotty::rpc {

Table::Table() = default;
Table::~Table() = default;

void Table::add(Method method) {
  for (const auto& other : methods_) {
    const bool same_route = method.spec.http.verb && other->spec.http.verb &&
                            std::string_view(method.spec.http.verb) == other->spec.http.verb &&
                            std::string_view(method.spec.http.path) == other->spec.http.path;
    if (other->name == method.name || same_route) throw std::logic_error("method declared twice: " + method.name);
  }
  methods_.push_back(std::make_unique<Method>(std::move(method)));
}

const Method* Table::find(std::string_view name) const {
  const auto found = std::find_if(methods_.begin(), methods_.end(), [&](const auto& m) { return m->name == name; });
  return found == methods_.end() ? nullptr : found->get();
}

std::string Table::nearest(std::string_view name) const {
  std::vector<std::string> names;
  for (const auto& method : methods_) {
    if (!method->spec.reserved) names.push_back(method->name);
  }
  return record::detail::nearest(std::string(name), names);
}

}  // namespace duotty::rpc
