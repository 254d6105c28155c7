// Overlays, panels and the screen modes: what programs draw over and around a terminal.
#include <duotty/session/session.hpp>

#include "methods.hpp"
#include "overlay_edits.hpp"

namespace duotty::api {
namespace {

using overlay::Kind;
using session::ScreenUi;

template <class Run>
Result<std::vector<Json>> run_all(overlay::Store& store, const std::vector<Json>& operations, Run run) {
  std::vector<Json> results;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const std::string place = "operations[" + std::to_string(i) + "]";
    if (!operations[i].is_object() || !operations[i].contains("op") || !operations[i]["op"].is_string()) {
      return Error(Errc::invalid_params, place + " must be an object with the text \"op\".", place);
    }
    Json params = operations[i];
    const std::string op = params["op"].get<std::string>();
    params.erase("op");
    auto done = run(store, op, params);
    if (!done) {
      const auto& error = done.error();
      return Error(error.code(), place + ": " + error.message(),
                   error.field().empty() ? place : place + "." + error.field());
    }
    results.push_back(std::move(*done));
  }
  return results;
}

ScreenUiState state_of(const session::Session& session, const ScreenUi& ui) {
  ScreenUiState state;
  const auto layout = ui.layout();
  state.mode = std::string(name(ui.store().mode()));
  state.cols = session.terminal().size().cols;
  state.rows = session.terminal().size().rows;
  state.top_rows = layout.top_rows;
  state.bottom_rows = layout.bottom_rows;
  state.elements = infos_of(ui, std::nullopt);
  if (!ui.captures().focus().empty()) state.focus = ui.captures().focus();
  if (const auto* top = ui.captures().top()) state.capture = CaptureInfo{top->id, top->by};
  return state;
}

/// Appearing and disappearing is news; that a text is another one is not.
void note(Services& s, const Call& call, const session::Session& session, std::string_view what, Json ids) {
  log_event(s, call, "overlay_changed", {{"terminal_id", session.id()}, {"op", what}, {"ids", std::move(ids)}});
}

// --- methods --------------------------------------------------------------------------------------------------------

template <Kind kind>
struct ShapeOf {
  using type = OverlayShape;
};
template <>
struct ShapeOf<Kind::panel> {
  using type = PanelShape;
};

template <Kind kind>
Task<Result<ElementInfo>> create(Services& s, Call& call, OfTerminal<typename ShapeOf<kind>::type> p) {
  auto session = find_terminal(s, call, p.terminal_id);
  if (!session) co_return session.error();
  ScreenUi& ui = (*session)->ui();
  std::string id;
  auto done = ui.change([&](overlay::Store& store) -> Result<> {
    auto made = create_in(store, static_cast<const typename ShapeOf<kind>::type&>(p), command_by(call));
    if (!made) return made.error();
    id = made->at("id").template get<std::string>();
    return {};
  });
  if (!done) co_return done.error();
  note(s, call, **session, std::string(name(kind)) + ".create", Json::array({id}));
  co_return info_of(ui, kind, id);
}

template <Kind kind>
Task<Result<ElementInfo>> update(Services& s, Call& call, OfTerminal<typename ShapeOf<kind>::type> p) {
  auto session = find_terminal(s, call, p.terminal_id);
  if (!session) co_return session.error();
  auto done = (*session)->ui().change([&](overlay::Store& store) -> Result<> {
    auto made = update_in(store, static_cast<const typename ShapeOf<kind>::type&>(p));
    return made ? Result<>() : made.error();
  });
  if (!done) co_return done.error();
  co_return info_of((*session)->ui(), kind, p.id);
}

template <Kind kind>
Task<Result<ElementInfo>> set_spans(Services& s, Call& call, OfTerminal<SpanChanges> p) {
  auto session = find_terminal(s, call, p.terminal_id);
  if (!session) co_return session.error();
  auto done = (*session)->ui().change([&](overlay::Store& store) -> Result<> {
    auto made = spans_in(store, kind, p);
    return made ? Result<>() : made.error();
  });
  if (!done) co_return done.error();
  co_return info_of((*session)->ui(), kind, p.id);
}

template <Kind kind>
Task<Result<ElementInfo>> write(Services& s, Call& call, OfTerminal<Writes> p) {
  auto session = find_terminal(s, call, p.terminal_id);
  if (!session) co_return session.error();
  auto done = (*session)->ui().change([&](overlay::Store& store) -> Result<> {
    auto made = writes_in(store, kind, p);
    return made ? Result<>() : made.error();
  });
  if (!done) co_return done.error();
  co_return info_of((*session)->ui(), kind, p.id);
}

template <Kind kind>
Task<Result<ElementList>> list(Services& s, Call& call, TerminalId p) {
  auto session = find_terminal(s, call, p.terminal_id);
  if (!session) co_return session.error();
  co_return ElementList{infos_of((*session)->ui(), kind)};
}

template <Kind kind>
Task<Result<ElementInfo>> get(Services& s, Call& call, OfTerminal<ElementId> p) {
  auto session = find_terminal(s, call, p.terminal_id);
  if (!session) co_return session.error();
  co_return info_of((*session)->ui(), kind, p.id);
}

template <Kind kind>
Task<Result<Success>> remove(Services& s, Call& call, OfTerminal<ElementId> p) {
  auto session = find_terminal(s, call, p.terminal_id);
  if (!session) co_return session.error();
  auto done = (*session)->ui().change([&](overlay::Store& store) { return store.remove(kind, p.id); });
  if (!done) co_return done.error();
  note(s, call, **session, std::string(name(kind)) + ".delete", Json::array({p.id}));
  co_return Success{};
}

template <Kind kind>
Task<Result<Cleared>> clear(Services& s, Call& call, TerminalId p) {
  auto session = find_terminal(s, call, p.terminal_id);
  if (!session) co_return session.error();
  Cleared out;
  auto done = (*session)->ui().change([&](overlay::Store& store) -> Result<> {
    out.removed = static_cast<int>(store.clear(kind));
    return {};
  });
  if (!done) co_return done.error();
  note(s, call, **session, std::string(name(kind)) + ".clear", Json::array());
  co_return out;
}

/// Runs the operations of one call on a copy of the elements: all or none.
template <class Run>
Task<Result<ScreenUiState>> change_all(Services& s, Call& call, OfTerminal<Operations> p, const char* what, Run run) {
  auto session = find_terminal(s, call, p.terminal_id);
  if (!session) co_return session.error();
  ScreenUi& ui = (*session)->ui();
  std::vector<Json> results;
  if (!p.operations.empty()) {
    auto done = ui.change([&](overlay::Store& store) -> Result<> {
      auto all = run_all(store, p.operations, run);
      if (!all) return all.error();
      results = std::move(*all);
      return {};
    });
    if (!done) co_return done.error();
    Json ids = Json::array();
    for (const Json& one : results) {
      if (one.contains("id")) ids.push_back(one["id"]);
    }
    note(s, call, **session, what, std::move(ids));
  }
  auto state = state_of(**session, ui);
  state.results = std::move(results);
  co_return state;
}

template <Kind kind>
Task<Result<ScreenUiState>> batch(Services& s, Call& call, OfTerminal<Operations> p) {
  auto run = [by = command_by(call)](overlay::Store& store, std::string_view op, const Json& json) {
    return run_operation(store, kind, op, json, by);
  };
  return change_all(s, call, std::move(p), kind == Kind::overlay ? "overlay.batch" : "panel.batch", std::move(run));
}

Task<Result<ScreenUiState>> screen_ui(Services& s, Call& call, OfTerminal<Operations> p) {
  auto run = [by = command_by(call)](overlay::Store& store, std::string_view op, const Json& json) {
    return run_any(store, op, json, by);
  };
  return change_all(s, call, std::move(p), "screen_ui", std::move(run));
}

Task<Result<ScreenModeInfo>> mode(Services& s, Call& call, TerminalId p) {
  auto session = find_terminal(s, call, p.terminal_id);
  if (!session) co_return session.error();
  co_return ScreenModeInfo{std::string(name((*session)->ui().store().mode()))};
}

template <bool enter>
Task<Result<ScreenModeInfo>> switch_mode(Services& s, Call& call, TerminalId p) {
  auto session = find_terminal(s, call, p.terminal_id);
  if (!session) co_return session.error();
  auto done =
      (*session)->ui().change([](overlay::Store& store) { return enter ? store.enter_alt() : store.exit_alt(); });
  if (!done) co_return done.error();
  note(s, call, **session, enter ? "screen_mode.enter_alt" : "screen_mode.exit_alt", Json::array());
  co_return ScreenModeInfo{std::string(name((*session)->ui().store().mode()))};
}

/// What differs between the rows of overlays and those of panels.
struct Words {
  const char* names[9];  ///< create, list, get, update, delete, clear, spans, write, batch
  const char* about[9];
  const char* example[4];  ///< create, update, write, batch
  const char* paths[4];    ///< all, one, spans, write
  const char* batch;
};

template <Kind kind>
void add_kind(Registrar& table, const Words& words) {
  const auto& [all, one, spans_path, write_path] = words.paths;
  const auto spec = [&](const char* verb, const char* path, int index, bool mutates, const char* example = "") {
    return rpc::Spec{.http = {verb, path},
                     .scope = mutates ? Scope::type : Scope::read,
                     .about = words.about[index],
                     .example = example,
                     .mutates = mutates};
  };
  table.call(words.names[0], create<kind>, spec("POST", all, 0, true, words.example[0]));
  table.call(words.names[1], list<kind>, spec("GET", all, 1, false));
  table.call(words.names[2], get<kind>, spec("GET", one, 2, false));
  table.call(words.names[3], update<kind>, spec("PATCH", one, 3, true, words.example[1]));
  table.call(words.names[4], remove<kind>, spec("DELETE", one, 4, true));
  table.call(words.names[5], clear<kind>, spec("DELETE", all, 5, true));
  table.call(words.names[6], set_spans<kind>, spec("POST", spans_path, 6, true));
  table.call(words.names[7], write<kind>, spec("POST", write_path, 7, true, words.example[2]));
  table.call(words.names[8], batch<kind>, spec("POST", words.batch, 8, true, words.example[3]));
}

constexpr Words kOverlayWords{
    .names = {"overlay.create", "overlay.list", "overlay.get", "overlay.update", "overlay.delete", "overlay.clear",
              "overlay.spans", "overlay.write", "overlay.batch"},
    .about =
        {"Draws a box of text over the terminal's cells, in every browser and every `attach`. The program notices "
         "nothing. It stays until it is deleted, its time is over or the terminal is closed.",
         "The overlays of the screen mode that is on.", "One overlay, of either screen mode.",
         "Moves, resizes or recolours an overlay, or gives it new text. What is not named stays.",
         "Removes an overlay.", "Removes all overlays of the screen mode that is on.",
         "Changes single spans by their ids and leaves the others alone.",
         "Writes text at places inside an overlay, over its spans: for bars, charts and boards.",
         "Several changes of overlays at once, all or none: `op` is create, update, delete, spans, write or clear."},
    .example =
        {R"({"terminal_id": "build", "x": -24, "y": 0, "background": "blue", "spans": [{"text": " tests: "}, {"id": "state", "text": "running ", "bold": true}]})",
         R"({"terminal_id": "build", "id": "o1", "x": 0, "y": -1})",
         R"({"terminal_id": "build", "id": "o1", "writes": [{"row": 0, "col": 3, "text": "X", "fg": "red"}]})",
         R"({"terminal_id": "build", "operations": [{"op": "clear"}, {"op": "create", "id": "note", "spans": [{"text": "done"}]}]})"},
    .paths = {"/api/agent/terminals/{terminal_id}/overlays", "/api/agent/terminals/{terminal_id}/overlays/{id}",
              "/api/agent/terminals/{terminal_id}/overlays/{id}/spans",
              "/api/agent/terminals/{terminal_id}/overlays/{id}/write"},
    .batch = "/api/agent/terminals/{terminal_id}/overlays/batch"};

constexpr Words kPanelWords{
    .names = {"panel.create", "panel.list", "panel.get", "panel.update", "panel.delete", "panel.clear", "panel.spans",
              "panel.write", "panel.batch"},
    .about =
        {"Takes rows at the top or bottom of the terminal for text of one's own: the program gets a smaller window "
         "and never writes there. A panel for which there is no room is hidden until there is.",
         "The panels of the screen mode that is on.", "One panel, of either screen mode.",
         "Changes a panel's place, height, colour or text. What is not named stays.", "Removes a panel.",
         "Removes all panels of the screen mode that is on.",
         "Changes single spans by their ids and leaves the others alone.",
         "Writes text at places inside a panel, over its spans.",
         "Several changes of panels at once, all or none: `op` is create, update, delete, spans, write or clear."},
    .example =
        {R"({"terminal_id": "build", "position": "bottom", "background": "blue", "spans": [{"text": " deploy: "}, {"id": "step", "text": "1 of 5"}]})",
         R"({"terminal_id": "build", "id": "p1", "height": 2})",
         R"({"terminal_id": "build", "id": "p1", "writes": [{"row": 0, "col": 20, "text": "####", "fg": "green"}]})",
         R"({"terminal_id": "build", "operations": [{"op": "spans", "id": "p1", "spans": [{"id": "step", "text": "2 of 5"}]}]})"},
    .paths = {"/api/agent/terminals/{terminal_id}/panels", "/api/agent/terminals/{terminal_id}/panels/{id}",
              "/api/agent/terminals/{terminal_id}/panels/{id}/spans",
              "/api/agent/terminals/{terminal_id}/panels/{id}/write"},
    .batch = "/api/agent/terminals/{terminal_id}/panels/batch"};

}  // namespace

void add_overlay_methods(Registrar& table) {
  add_kind<Kind::overlay>(table, kOverlayWords);
  add_kind<Kind::panel>(table, kPanelWords);
  table.call(
      "screen_ui", screen_ui,
      {.http = {"POST", "/api/agent/terminals/{terminal_id}/screen_ui"},
       .scope = Scope::type,
       .about = "Changes of overlays, panels and the screen mode at once, all or none, and how it stands then: "
                "`op` is the name of the method, the rest its parameters. Without operations it only answers "
                "how it stands.",
       .example =
           R"({"terminal_id": "build", "operations": [{"op": "panel.create", "id": "bar", "spans": [{"text": "hello"}]}]})",
       .mutates = true});
  table.call("screen_mode.get", mode,
             {.http = {"GET", "/api/agent/terminals/{terminal_id}/screen_mode"},
              .scope = Scope::read,
              .about = "Which of the two sets of overlays and panels is shown."});
  table.call("screen_mode.enter_alt", switch_mode<true>,
             {.http = {"POST", "/api/agent/terminals/{terminal_id}/screen_mode/enter_alt"},
              .scope = Scope::type,
              .about = "Begins an empty set of overlays and panels for a while: the others are hidden.",
              .mutates = true});
  table.call("screen_mode.exit_alt", switch_mode<false>,
             {.http = {"POST", "/api/agent/terminals/{terminal_id}/screen_mode/exit_alt"},
              .scope = Scope::type,
              .about = "Removes that set; the others are shown again.",
              .mutates = true});
}

}  // namespace duotty::api
