#pragma once
// Signing in at a host whose key is good.
#include <functional>

#include "transport.hpp"

namespace duotty::link {

/// Puts questions, the host's and our own, to whoever can answer; nothing when nobody does.
using Ask = std::function<Task<std::optional<Answers>>(Prompts)>;

/// Tries the methods in their order, as far as the host takes them; `method` is the one that it was content with. A
/// host that wants several gets several. What a method lacks is asked for, with `who` in the question ("user@host").
/// Each step has `patience`.
Task<std::optional<Failed>> sign_in(Transport& transport, SignIn how, std::string who, Ask ask,
                                    std::chrono::milliseconds patience, std::string& method);

}  // namespace duotty::link
