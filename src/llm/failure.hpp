#pragma once
// Vendors' refusals as sentences for a terminal. Pure; no sentence contains the key.
#include <chrono>
#include <duotty/base/error.hpp>
#include <duotty/llm/model.hpp>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "decoder.hpp"

namespace duotty::llm {

/// What an error body says. `status` is the HTTP status, or 0 inside a stream: then the vendor's code or type decides.
Refusal read_refusal(const nlohmann::json& body, int status);
/// The same for a body that may be no JSON.
Refusal read_refusal_text(std::string_view body, std::string_view content_type, int status);

/// True when trying again may help (see retry.hpp); an account without credit does not fill up by waiting.
bool worth_retrying(const Refusal& refusal);

/// The sentence and code of a refusal; `wait` is what the server asked for.
base::Error refusal_error(const Refusal& refusal, const Provider& provider, std::string_view model,
                          std::optional<std::chrono::milliseconds> wait);

/// `text` of a vendor, fit for one line of a terminal: no controls, no key, at most 300 bytes, no final full stop.
std::string vendor_text(std::string_view text, const Provider& provider);

}  // namespace duotty::llm
