#include "input_ledger.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <duotty/base/unique_fd.hpp>

namespace duotty::session {
namespace {

/// FNV-1a: clients choose long random words, and a collision costs one of them a dropped frame.
std::uint64_t hash_of(std::string_view token) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : token) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash == 0 ? 1 : hash;
}

void* map_file(const std::string& path, std::size_t size) {
  if (path.empty()) return MAP_FAILED;
  const base::UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) return MAP_FAILED;
  // A store into a mapped hole of a full disk is a SIGBUS.
  if (::fallocate(fd.get(), 0, 0, static_cast<off_t>(size)) != 0 && errno != EOPNOTSUPP) return MAP_FAILED;
  return ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
}

}  // namespace

InputLedger::InputLedger(const std::string& path) {
  constexpr std::size_t size = kEntries * sizeof(Entry);
  void* memory = map_file(path, size);
  if (memory == MAP_FAILED) memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory != MAP_FAILED) entries_ = static_cast<Entry*>(memory);
}

InputLedger::~InputLedger() {
  if (entries_) ::munmap(entries_, kEntries * sizeof(Entry));
}

InputLedger::Entry* InputLedger::find(std::uint64_t client) const {
  if (!entries_) return nullptr;
  Entry* const end = entries_ + kEntries;
  Entry* const found = std::find_if(entries_, end, [&](const Entry& entry) { return entry.client == client; });
  return found == end ? nullptr : found;
}

bool InputLedger::seen(std::string_view token, std::uint32_t sequence) const {
  const Entry* entry = find(hash_of(token));
  return entry && sequence <= entry->sequence;
}

void InputLedger::take(std::string_view token, std::uint32_t sequence) {
  if (!entries_) return;
  Entry* const end = entries_ + kEntries;
  std::uint32_t newest = 0;
  for (const Entry* entry = entries_; entry != end; ++entry) newest = std::max(newest, entry->age);
  Entry* entry = find(hash_of(token));
  if (!entry) {
    entry = std::min_element(entries_, end, [](const Entry& a, const Entry& b) { return a.age < b.age; });
    *entry = Entry{hash_of(token), 0, 0};
  }
  entry->sequence = sequence;
  entry->age = newest + 1;
}

}  // namespace duotty::session
