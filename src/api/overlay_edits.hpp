#pragma once
// Overlays and panels between JSON and the store: operations as methods and batches give them, elements as answers.
#include <duotty/overlay/store.hpp>
#include <duotty/session/screen_ui.hpp>

#include "overlay_types.hpp"

namespace duotty::api {

using base::Result;

/// Makes an element; answers {"id"}.
Result<Json> create_in(overlay::Store& store, const OverlayShape& shape, const std::string& by);
Result<Json> create_in(overlay::Store& store, const PanelShape& shape, const std::string& by);
/// Changes one.
Result<Json> update_in(overlay::Store& store, const OverlayShape& shape);
Result<Json> update_in(overlay::Store& store, const PanelShape& shape);
Result<Json> spans_in(overlay::Store& store, overlay::Kind kind, const SpanChanges& p);
Result<Json> writes_in(overlay::Store& store, overlay::Kind kind, const Writes& p);
/// An operation of a batch: create, update, delete, spans, write, clear; `json` are its parameters.
Result<Json> run_operation(overlay::Store& store, overlay::Kind kind, std::string_view op, const Json& json,
                           const std::string& by);
/// An operation of `screen_ui`: "overlay.create", "panel.clear", "screen_mode.enter_alt".
Result<Json> run_any(overlay::Store& store, std::string_view op, const Json& json, const std::string& by);

/// An element as answers give it.
Result<ElementInfo> info_of(const session::ScreenUi& ui, overlay::Kind kind, const std::string& id);
/// Those of the mode that is on, in order of creation; `kind`: only those.
std::vector<ElementInfo> infos_of(const session::ScreenUi& ui, std::optional<overlay::Kind> kind);

}  // namespace duotty::api
