// Captured input: what people press in a terminal goes to whoever asked for it, for as long as the asking lasts.
#include <algorithm>
#include <chrono>
#include <duotty/base/text.hpp>
#include <duotty/session/screen_ui.hpp>
#include <duotty/session/session.hpp>

#include "methods.hpp"
#include "overlay_types.hpp"

namespace duotty::api {
namespace {

using session::InputCapture;
using session::ScreenUi;
using session::Session;

constexpr auto kHeartbeat = std::chrono::seconds(15);

/// Gives the keyboard back when its owner goes, however that happens.
struct Held {
  std::shared_ptr<Session> session;
  std::shared_ptr<InputCapture> capture;
  Held(std::shared_ptr<Session> s, std::shared_ptr<InputCapture> c) : session(std::move(s)), capture(std::move(c)) {}
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() { session->ui().release(capture); }
};

rpc::StreamEvent item(const char* name, Json data) {
  return {name, "", std::make_shared<const Json>(std::move(data))};
}

Json input_json(const session::CapturedInput& input) {
  Json keys = Json::array();
  std::string text;
  for (const auto& key : input.keys) {
    keys.push_back(key.name);
    text += key.text;
  }
  return {{"keys", std::move(keys)},
          {"text", text},
          {"data_b64", base::base64_encode(input.bytes)},
          {"focus", input.focus.empty() ? Json(nullptr) : Json(input.focus)},
          {"viewer", input.viewer}};
}

Task<Result<>> capture(Services& s, Call& call, OfTerminal<InputFocus> p, Sink& sink) {
  auto session = find_terminal(s, call, p.terminal_id);
  if (!session) co_return session.error();
  auto begun = (*session)->ui().capture(command_by(call), p.focus);
  if (!begun) co_return begun.error();
  const Held held(*session, *begun);
  InputCapture& mine = *held.capture;
  auto opened = co_await sink.open();
  if (!opened) co_return opened.error();
  rpc::StreamEvent first = item("captured", {{"capture", mine.id()}, {"terminal_id", (*session)->id()}});
  auto told = co_await sink.send(std::move(first));
  if (!told) co_return told.error();
  while (true) {
    if (!mine.inputs().empty()) {
      Json data = input_json(mine.inputs().front());
      mine.inputs().pop_front();
      rpc::StreamEvent out = item("input", std::move(data));
      auto sent = co_await sink.send(std::move(out));
      if (!sent) co_return sent.error();
      continue;
    }
    if (!mine.ended().empty()) break;
    const bool more = co_await mine.changed().wait_until(std::chrono::steady_clock::now() + kHeartbeat);
    if (more) continue;
    rpc::StreamEvent out = item("heartbeat", Json::object());
    auto sent = co_await sink.send(std::move(out));
    if (!sent) co_return sent.error();
  }
  rpc::StreamEvent out = item("released", {{"capture", mine.id()}, {"why", mine.ended()}});
  auto sent = co_await sink.send(std::move(out));
  if (!sent) co_return sent.error();
  co_return Result<>();
}

/// One question to the person: a key, or a line.
class Question {
 public:
  Question(Session& session, const InputRead& wanted)
      : session_(session), wanted_(wanted), line_(static_cast<std::size_t>(wanted.max_length)) {}

  /// Takes keys until one ends it; true when it is over.
  bool feed(const session::CapturedInput& input) {
    for (const auto& key : input.keys) {
      if (wanted_.line ? in_line(key) : is_answer(key)) return true;
    }
    if (wanted_.line) show();
    return false;
  }
  InputAnswer& answer() noexcept { return answer_; }

 private:
  bool is_answer(const overlay::Key& key) {
    answer_.keys.push_back(key.name);
    if (answer_.keys.size() > kMostKeys) answer_.keys.erase(answer_.keys.begin());
    const auto& keys = wanted_.keys;
    if (!keys.empty() && std::find(keys.begin(), keys.end(), key.name) == keys.end()) return false;
    answer_.status = "answered";
    answer_.key = key.name;
    if (!key.text.empty()) answer_.text = key.text;
    return true;
  }

  bool in_line(const overlay::Key& key) {
    const auto state = line_.feed(key);
    if (state == overlay::LineInput::State::open) return false;
    answer_.key = key.name;
    answer_.status = state == overlay::LineInput::State::entered ? "answered" : "given_up";
    if (state == overlay::LineInput::State::entered) answer_.text = line_.text();
    return true;
  }

  void show() {
    if (wanted_.span.empty()) return;
    const auto* element = session_.ui().store().find(session_.ui().captures().focus());
    if (element == nullptr) return;
    const auto span = std::find_if(element->spans.begin(), element->spans.end(),
                                   [&](const overlay::Span& one) { return one.id == wanted_.span; });
    if (span == element->spans.end()) return;
    overlay::Span next = *span;
    next.text = line_.text();
    if (wanted_.mask) {
      const auto count = base::count_scalars(next.text);
      next.text.clear();
      for (std::size_t i = 0; i < count; ++i) next.text += "\u2022";
    }
    const auto kind = element->kind;
    const std::string id = element->id;
    // What cannot be shown (a limit) is typed all the same.
    static_cast<void>(session_.ui().change([&](overlay::Store& store) { return store.set_spans(kind, id, {next}); }));
  }

  static constexpr std::size_t kMostKeys = 256;
  Session& session_;
  const InputRead& wanted_;
  overlay::LineInput line_;
  InputAnswer answer_;
};

Result<> check(const ScreenUi& ui, const InputRead& p) {
  if (p.line && !p.keys.empty()) {
    return Error(Errc::invalid_params, "\"keys\" and \"line\" exclude each other.", "keys");
  }
  if (p.span.empty()) return {};
  const auto* element = ui.store().find(p.focus);
  const bool known = p.line && element != nullptr &&
                     std::any_of(element->spans.begin(), element->spans.end(),
                                 [&](const overlay::Span& one) { return one.id == p.span; });
  if (known) return {};
  return Error(Errc::invalid_params, "\"span\" must be a span of the element \"focus\", together with \"line\".",
               "span");
}

Task<Result<InputAnswer>> read(Services& s, Call& call, OfTerminal<InputRead> p) {
  auto session = find_terminal(s, call, p.terminal_id);
  if (!session) co_return session.error();
  if (auto fine = check((*session)->ui(), p); !fine) co_return fine.error();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(p.max_wait_ms);
  auto begun = (*session)->ui().capture(command_by(call), p.focus);
  if (!begun) co_return begun.error();
  const Held held(*session, *begun);
  InputCapture& mine = *held.capture;
  Question question(**session, p);
  InputAnswer& answer = question.answer();
  while (true) {
    while (!mine.inputs().empty()) {
      const auto input = std::move(mine.inputs().front());
      mine.inputs().pop_front();
      if (question.feed(input)) co_return answer;
    }
    if (!mine.ended().empty()) {
      answer.status = mine.ended() == "closed" ? "closed" : "taken_back";
      co_return answer;
    }
    const bool more = co_await mine.changed().wait_until(deadline);
    if (!more && mine.inputs().empty()) {
      answer.status = "timeout";
      co_return answer;
    }
  }
}

Task<Result<Released>> release(Services& s, Call& call, OfTerminal<ReleaseInput> p) {
  auto session = find_terminal(s, call, p.terminal_id);
  if (!session) co_return session.error();
  ScreenUi& ui = (*session)->ui();
  const std::string me = command_by(call);
  const bool any = call.caller.is_person() || call.caller.has(Scope::admin);
  if (!p.capture.empty()) {
    const auto* known = ui.captures().find(p.capture);
    if (known == nullptr) {
      co_return Error(Errc::not_found, "No capture of that id. input.mode says who has the keyboard.", "capture");
    }
    if (!any && known->by != me) {
      co_return Error(Errc::denied, "This capture is not the caller's. A person can end it: Ctrl-\\ twice.", "capture");
    }
  }
  Released out;
  const auto mine = [&](const overlay::Capture& one) {
    return (p.capture.empty() || one.id == p.capture) && (any || one.by == me);
  };
  out.released = static_cast<int>(ui.release_all(call.caller.is_person() ? "person" : "owner", mine));
  co_return out;
}

InputMode mode_of(const ScreenUi& ui) {
  InputMode out;
  out.mode = ui.captures().active() ? "capture" : "passthrough";
  if (const auto* top = ui.captures().top()) out.capture = CaptureInfo{top->id, top->by};
  out.depth = static_cast<int>(ui.captures().depth());
  if (!ui.captures().focus().empty()) out.focus = ui.captures().focus();
  return out;
}

Task<Result<InputMode>> mode(Services& s, Call& call, TerminalId p) {
  auto session = find_terminal(s, call, p.terminal_id);
  if (!session) co_return session.error();
  co_return mode_of((*session)->ui());
}

/// The focus belongs to whoever has the keyboard.
Result<> may_focus(const ScreenUi& ui, const Call& call) {
  const auto* top = ui.captures().top();
  if (top == nullptr || top->by == command_by(call) || call.caller.is_person() || call.caller.has(Scope::admin)) {
    return {};
  }
  return Error(Errc::denied, "The keyboard is captured by \"" + top->by + "\", who decides on the focus.");
}

Task<Result<InputMode>> focus(Services& s, Call& call, OfTerminal<FocusOn> p) {
  auto session = find_terminal(s, call, p.terminal_id);
  if (!session) co_return session.error();
  ScreenUi& ui = (*session)->ui();
  if (auto may = may_focus(ui, call); !may) co_return may.error();
  if (auto done = ui.set_focus(p.id); !done) co_return done.error();
  co_return mode_of(ui);
}

Task<Result<InputMode>> unfocus(Services& s, Call& call, TerminalId p) {
  auto session = find_terminal(s, call, p.terminal_id);
  if (!session) co_return session.error();
  ScreenUi& ui = (*session)->ui();
  if (auto may = may_focus(ui, call); !may) co_return may.error();
  if (auto done = ui.set_focus(""); !done) co_return done.error();
  co_return mode_of(ui);
}

}  // namespace

void add_input_methods(Registrar& table) {
  table.stream<Json>(
      "input.capture", capture,
      {.http = {"POST", "/api/agent/terminals/{terminal_id}/input/capture"},
       .scope = Scope::exec,
       .about = "Takes people's keyboard in a terminal for as long as this stream is open: events `captured`, `input` "
                "(`keys` by name, `text`, `data_b64`, `focus`, `viewer`), `released` (`why`) and `heartbeat`. The "
                "program gets nothing of it. Every viewer shows who has the keyboard; Ctrl-\\ twice gives it back to "
                "the person, as do taking control and a password prompt.",
       .example = R"({"terminal_id": "build", "focus": "menu"})",
       .mutates = true});
  table.call(
      "input.read", read,
      {.http = {"POST", "/api/agent/terminals/{terminal_id}/input/read"},
       .scope = Scope::exec,
       .about = "Asks the person for one key or one line in a terminal and waits for it; the keyboard is captured "
                "meanwhile. Draw the question first (overlay.create, panel.create).",
       .example = R"({"terminal_id": "build", "keys": ["y", "n"], "max_wait_ms": 60000})",
       .mutates = true});
  table.call("input.release", release,
             {.http = {"POST", "/api/agent/terminals/{terminal_id}/input/release"},
              .scope = Scope::type,
              .about = "Gives the keyboard back to the program: the caller's captures, or with a person's rights all.",
              .mutates = true});
  table.call("input.mode", mode,
             {.http = {"GET", "/api/agent/terminals/{terminal_id}/input/mode"},
              .scope = Scope::read,
              .about = "Who gets what people press in a terminal."});
  table.call("input.focus", focus,
             {.http = {"POST", "/api/agent/terminals/{terminal_id}/input/focus"},
              .scope = Scope::exec,
              .about = "Says for which overlay or panel captured keys are meant; viewers mark it.",
              .example = R"({"terminal_id": "build", "id": "menu"})",
              .mutates = true});
  table.call("input.unfocus", unfocus,
             {.http = {"POST", "/api/agent/terminals/{terminal_id}/input/unfocus"},
              .scope = Scope::exec,
              .about = "Nothing has the focus any more.",
              .mutates = true});
}

}  // namespace duotty::api
