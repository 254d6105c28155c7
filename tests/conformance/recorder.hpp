#pragma once
// A host that writes down what the terminal asks of it.
#include <duotty/term/host.hpp>
#include <string>

namespace duotty::term::testing {

class Recorder final : public Host {
 public:
  std::string replies;
  std::string effects;  ///< one a line

  void reply(std::string_view bytes) override { replies += bytes; }
  void title(std::string_view text) override { add("title " + std::string(text)); }
  void bell() override { add("bell"); }
  void cwd(std::string_view uri) override { add("cwd " + std::string(uri)); }
  void clipboard_write(std::string_view selection, std::string_view text) override {
    add("clipboard " + std::string(selection) + " " + std::string(text));
  }
  void notify(std::string_view title_text, std::string_view body) override {
    add("notify " + std::string(title_text) + "|" + std::string(body));
  }
  void progress(ProgressState state, int percent) override {
    add("progress " + std::to_string(static_cast<int>(state)) + " " + std::to_string(percent));
  }
  void mark133(char kind, std::string_view params) override {
    add(std::string("mark ") + kind + (params.empty() ? "" : " ") + std::string(params));
  }
  void osc(int number, std::string_view text) override {
    add("osc " + std::to_string(number) + " " + std::string(text));
  }
  void screen_switched(bool alternate) override { add(alternate ? "alternate" : "main"); }

 private:
  void add(const std::string& line) { effects += (effects.empty() ? "" : "\n") + line; }
};

}  // namespace duotty::term::testing
