// Names that events refer to by index: domains, scopes (tags), threads. Append-only, position-stable. Zeroed memory is
// an empty table; it is never constructed, which would touch all of it.
//
// Sync edges:
//   [names.add]  Entry::ready: release in add -> acquire in at. Carries the text.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>

namespace heapreel::engine {

template <uint32_t kMost, size_t kMostTextBytes>
class NameTable {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr size_t kTextBytes = kMostTextBytes;

  struct Entry {
    std::atomic<uint32_t> ready;
    uint32_t number;  // a thread's kernel id, a domain's alignment
    char text[kTextBytes];
  };

  // kNone when full. A longer name is cut to fit, at a whole UTF-8 character; names that agree up to there are one.
  uint32_t add(const char* text, uint32_t number) {
    // relaxed: hands out places.
    const uint32_t place = count_.fetch_add(1, std::memory_order_relaxed);
    if (place >= kMost) {
      // relaxed: as above.
      count_.fetch_sub(1, std::memory_order_relaxed);
      return kNone;
    }
    Entry& entry = entries_[place];
    entry.number = number;
    const size_t length = length_that_fits(text);
    std::memcpy(entry.text, text, length);
    entry.text[length] = '\0';
    // [names.add] release
    entry.ready.store(1, std::memory_order_release);
    return place;
  }

  // The place of `text`, kNone when it was never added.
  uint32_t find(const char* text) const {
    const size_t length = length_that_fits(text);
    for (uint32_t place = 0; place < count(); ++place) {
      const Entry* entry = at(place);
      if (entry == nullptr || std::strlen(entry->text) != length) continue;
      if (std::memcmp(entry->text, text, length) == 0) return place;
    }
    return kNone;
  }

  uint32_t count() const {
    // relaxed: entries have their own edge.
    const uint32_t taken = count_.load(std::memory_order_relaxed);
    return taken < kMost ? taken : kMost;
  }

  // Null while the place is being filled.
  const Entry* at(uint32_t place) const {
    // [names.add] acquire
    return entries_[place].ready.load(std::memory_order_acquire) != 0 ? &entries_[place] : nullptr;
  }

 private:
  static size_t length_that_fits(const char* text) {
    size_t length = 0;
    while (length < kTextBytes - 1 && text[length] != '\0') ++length;
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80) --length;  // only when cut
    return length;
  }

  std::atomic<uint32_t> count_;
  Entry entries_[kMost];
};

}  // namespace heapreel::engine
