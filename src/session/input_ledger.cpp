#include "input_ledger.hpp"

#include <algorithm>
#include <duotty/base/fnv.hpp>

namespace duotty::session {
namespace {

/// Clients choose long random words, and a collision costs one of them a dropped frame. 0 is nobody.
std::uint64_t hash_of(std::string_view token) {
  const std::uint64_t hash = base::fnv1a(token);
  return hash == 0 ? 1 : hash;
}

}  // namespace

InputLedger::InputLedger(std::span<std::byte> memory)
    : entries_(reinterpret_cast<Entry*>(memory.data()), std::min(kEntries, memory.size() / sizeof(Entry))) {}

InputLedger::Entry* InputLedger::find(std::uint64_t client) const {
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.client == client; });
  return found == entries_.end() ? nullptr : &*found;
}

bool InputLedger::seen(std::string_view token, std::uint32_t sequence) const {
  const Entry* entry = find(hash_of(token));
  return entry && sequence <= entry->sequence;
}

void InputLedger::take(std::string_view token, std::uint32_t sequence) {
  if (entries_.empty()) return;
  const auto older = [](const Entry& a, const Entry& b) { return a.age < b.age; };
  const std::uint32_t newest = std::max_element(entries_.begin(), entries_.end(), older)->age;
  Entry* entry = find(hash_of(token));
  if (!entry) {
    entry = &*std::min_element(entries_.begin(), entries_.end(), older);
    *entry = Entry{hash_of(token), 0, 0};
  }
  entry->sequence = sequence;
  entry->age = newest + 1;
}

}  // namespace duotty::session
