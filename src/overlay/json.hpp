#pragma once
// Looks and extents as JSON.
#include <duotty/overlay/element.hpp>
#include <duotty/record/json_members.hpp>
#include <nlohmann/json.hpp>

namespace duotty::overlay {

using record::flag_of;
using record::list_of;
using record::text_of;

/// A whole number clamped to the bounds; 0, or the bound next to it, when it is not there.
int number_at(const nlohmann::json& object, const char* key, int low, int high);

/// Adds fg, bg and attributes, each only where it is not the default.
void add_style(nlohmann::json& object, const term::Style& style);
term::Style style_of(const nlohmann::json& object);

}  // namespace duotty::overlay
