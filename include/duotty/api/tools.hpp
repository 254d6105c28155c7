#pragma once
// Which methods are tools for models.
#include <duotty/rpc/tool.hpp>
#include <span>

namespace duotty::api {

/// The bindings, in the order in which models see them. They live as long as the program.
std::span<const rpc::ToolBinding> tools();

}  // namespace duotty::api
