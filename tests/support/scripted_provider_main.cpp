// scripted_provider --port P --format openai|anthropic|both --script FILE [--key KEY]
//
// Serves a scripted model on 127.0.0.1 until SIGINT or SIGTERM; prints its URL first. The script:
//   {"models": ["a", "b"],
//    "answers": [{"when": "disk", "text": "It is full.", "command": "df -h", "cut": 1, "delay_ms": 20},
//                {"status": 429, "retry_after": 2, "message": "slow down"},
//                {"text": "half an ans", "ending": "lost"}]}
// An answer with `when` is for questions (the last message) that contain it. The others are given in turn, the last one
// again and again. `cut`: bytes a piece (default: one event a piece). `gate`: index of the piece that waits for
// POST /_release. `finish`: the vendor's stop reason. GET /_requests returns what was received.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <mutex>
#include <nlohmann/json.hpp>

#include "scripted_provider.hpp"

namespace {

using namespace duotty::tests;
using nlohmann::json;

ScriptedAnswer json_answer(const json& body) {
  ScriptedAnswer answer;
  answer.framing = Framing::length;
  answer.pieces = {body.dump()};
  answer.with_header("Content-Type", "application/json");
  return answer;
}

ScriptedAnswer build(Wire wire, const json& row) {
  const int status = row.value("status", 200);
  ScriptedAnswer answer;
  if (status != 200) {
    answer = error_answer(wire, status, row.value("type", status == 529 ? "overloaded_error" : "api_error"),
                          row.value("message", "Scripted refusal."));
    if (row.contains("retry_after")) answer.with_header("Retry-After", std::to_string(row["retry_after"].get<int>()));
    return answer;
  }
  std::string text = row.value("text", "");
  if (const std::string command = row.value("command", ""); !command.empty()) {
    text += "\n```command\n" + command + "\n```\n";
  }
  answer = stream_answer(wire, cut_words(text), row.value("finish", ""));
  if (row.contains("cut")) {
    std::string body;
    for (const std::string& piece : answer.pieces) body += piece;
    answer.pieces = cut_every(body, row["cut"].get<std::size_t>());
  }
  answer.piece_delay_ms = row.value("delay_ms", 0);
  answer.gate_at = row.value("gate", SIZE_MAX);
  if (row.value("ending", "") == "lost") {
    answer.ending = Ending::lost;
    answer.pieces.resize(answer.pieces.size() - std::min<std::size_t>(answer.pieces.size(), 3));
  }
  return answer;
}

/// Plays the script file; knows which rows have been used.
class Player {
 public:
  Player(json script, std::string format, std::string key)
      : script_(std::move(script)), format_(std::move(format)), key_(std::move(key)) {}

  void attach(ScriptedProvider& provider) {
    provider_ = &provider;
    provider.set_script([this](const ReceivedRequest& request) { return answer(request); });
  }

 private:
  ScriptedAnswer answer(const ReceivedRequest& request) {
    if (request.target == "/_release") {
      provider_->release();
      return json_answer(json{{"released", true}});
    }
    if (request.target == "/_requests") return json_answer(received());
    const bool anthropic = request.headers.count("anthropic-version") != 0 || request.target.ends_with("/messages");
    const Wire wire = anthropic ? Wire::anthropic : Wire::openai;
    if (format_ != "both" && format_ != (anthropic ? "anthropic" : "openai")) {
      return error_answer(wire, 404, "not_found_error", "This provider speaks " + format_ + ".");
    }
    if (!key_.empty()) {
      const auto header = request.headers.find(anthropic ? "x-api-key" : "authorization");
      if (header == request.headers.end() || header->second != (anthropic ? key_ : "Bearer " + key_)) {
        return error_answer(wire, 401, "authentication_error", "invalid x-api-key");
      }
    }
    if (request.method == "GET" && request.target.find("/models") != std::string::npos) {
      return models_answer(wire, script_.value("models", std::vector<std::string>{"scripted-model"}));
    }
    const json body = json::parse(request.body, nullptr, false);
    if (!body.is_object() || !body.value("stream", false) || !body.contains("model") || !body.contains("messages") ||
        !body["messages"].is_array() || body["messages"].empty() || (anthropic && !body.contains("max_tokens"))) {
      return error_answer(wire, 400, "invalid_request_error",
                          "The request lacks stream, model, messages or max_tokens.");
    }
    return choose(wire, body["messages"].back().value("content", ""));
  }

  ScriptedAnswer choose(Wire wire, const std::string& question) {
    const std::lock_guard lock(mutex_);
    const json* next = nullptr;
    std::size_t turn = 0;
    for (const json& row : script_["answers"]) {
      if (row.contains("when")) {
        if (question.find(row["when"].get<std::string>()) != std::string::npos) return build(wire, row);
      } else if (turn++ <= used_) {
        next = &row;
      }
    }
    ++used_;
    if (next != nullptr) return build(wire, *next);
    return error_answer(wire, 500, "api_error", "The script has no answer.");
  }

  json received() const {
    json out = json::array();
    for (const ReceivedRequest& request : provider_->requests()) {
      out.push_back({{"method", request.method},
                     {"target", request.target},
                     {"headers", request.headers},
                     {"body", request.body}});
    }
    return out;
  }

  json script_;
  std::string format_;
  std::string key_;
  std::mutex mutex_;
  std::size_t used_ = 0;
  ScriptedProvider* provider_ = nullptr;
};

int usage() {
  std::cerr << "usage: scripted_provider [--port P] [--format openai|anthropic|both] [--key KEY] --script FILE\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::string> options{{"--port", "0"}, {"--format", "both"}, {"--key", ""}, {"--script", ""}};
  for (int i = 1; i + 1 < argc; i += 2) {
    if (options.count(argv[i]) == 0) return usage();
    options[argv[i]] = argv[i + 1];
  }
  if (argc % 2 == 0 || options["--script"].empty()) return usage();
  std::ifstream file(options["--script"]);
  const json script = json::parse(file, nullptr, false);
  if (!script.is_object() || !script.contains("answers")) {
    std::cerr << "scripted_provider: " << options["--script"] << " is no script\n";
    return 1;
  }
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  Player player(script, options["--format"], options["--key"]);
  ScriptedProvider provider(static_cast<std::uint16_t>(std::strtoul(options["--port"].c_str(), nullptr, 10)));
  player.attach(provider);
  std::cout << provider.url() << std::endl;
  int signal_number = 0;
  sigwait(&signals, &signal_number);
  return 0;
}
