#include "progress.hpp"

#include <cmath>
#include <duotty/base/text.hpp>
#include <duotty/core/event.hpp>

namespace duotty::mcp {
namespace {

constexpr std::size_t kLongestLine = 200;

/// The last line of a text that says something.
std::string last_line(const std::string& text) {
  std::string_view line;
  for (const auto one : base::split(text, '\n')) {
    if (!base::trim(one).empty()) line = base::trim(one);
  }
  return base::shorten(line, kLongestLine);
}

}  // namespace

Progress::Progress(Json token, Notify notify) : token_(std::move(token)), notify_(std::move(notify)) {}

void Progress::on_output(const Json& data) {
  if (std::chrono::steady_clock::now() - told_ < kAtMostEvery) return;
  std::string line = last_line(text_of(data, "output"));
  if (!line.empty()) tell(std::move(line));
}

Task<> Progress::keep_telling() {
  while (true) {
    co_await core::sleep_for(kEvery);
    if (std::chrono::steady_clock::now() - told_ >= kEvery) {
      tell("running for " + std::to_string(static_cast<int>(elapsed())) + " s");
    }
  }
}

void Progress::tell(std::string message) {
  told_ = std::chrono::steady_clock::now();
  // It has no known end: what grows is the time, in seconds.
  last_ = std::max(std::round(elapsed() * 1000) / 1000, last_ + 0.001);
  Json params = {{"progress", last_}, {"message", std::move(message)}};
  params["progressToken"] = token_;
  notify_("notifications/progress", std::move(params));
}

double Progress::elapsed() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
}

}  // namespace duotty::mcp
