#pragma once
// What a client hears of a call that has not ended: the last line of its output as it comes, and every few seconds that
// it still runs.
#include <chrono>

#include "protocol.hpp"

namespace duotty::mcp {

class Progress {
 public:
  static constexpr std::chrono::seconds kEvery{5};               ///< without output
  static constexpr std::chrono::milliseconds kAtMostEvery{250};  ///< with output

  /// `token` is what the client named the call by.
  Progress(Json token, Notify notify);
  /// New output of the call, as rpc::Call::progress has it.
  void on_output(const Json& data);
  /// Tells that the call runs until it is cancelled.
  Task<> keep_telling();

 private:
  void tell(std::string message);
  double elapsed() const;

  Json token_;
  Notify notify_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point told_{};
  double last_ = 0;
};

}  // namespace duotty::mcp
