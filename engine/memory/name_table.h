// Names to which events refer by index: domains, scopes (tags), threads. Names are only ever added, and never move.
// Zeroed memory is an empty table. It is never constructed, because that would touch all of it.
//
// Sync edges:
//   [names.add]  Entry::state: release in add, add_unnamed and name -> acquire in at and unnamed. Carries number and
//                text.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace heapreel::engine {

// How many bytes of `text` fit into `most` bytes, without a zero at the end and without cutting a UTF-8 character.
inline size_t length_that_fits(const char* text, size_t most) {
  size_t length = 0;
  while (length < most && text[length] != '\0') ++length;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80) --length;  // only when cut
  return length;
}

template <uint32_t kMost, size_t kMostTextBytes>
class NameTable {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr size_t kTextBytes = kMostTextBytes;

  enum State : uint32_t { kFilling, kNamed, kUnnamed };

  struct Entry {
    std::atomic<uint32_t> state;
    uint32_t number;  // a thread's kernel id, a domain's alignment
    char text[kTextBytes];

    // It never reads beyond the entry, even if the zero at its end was overwritten.
    std::string_view view() const { return {text, strnlen(text, kTextBytes)}; }
  };

  // The place of `text`, which is added if it is new; kNone when the table is full. A longer name is cut to fit, at a
  // whole UTF-8 character; names that agree up to there count as one.
  uint32_t add(const char* text, uint32_t number) {
    const uint32_t place = take_place(number);
    if (place != kNone) name(place, text);
    return place;
  }

  // Takes a place for a name that only one thread will set, later.
  uint32_t add_unnamed(uint32_t number) {
    const uint32_t place = take_place(number);
    // [names.add] release
    if (place != kNone) entries_[place].state.store(kUnnamed, std::memory_order_release);
    return place;
  }

  // The entry at `place` if it has no name yet; null when it has one, or is being filled.
  const Entry* unnamed(uint32_t place) const {
    // [names.add] acquire
    return entries_[place].state.load(std::memory_order_acquire) == kUnnamed ? &entries_[place] : nullptr;
  }

  void name(uint32_t place, const char* text) {
    Entry& entry = entries_[place];
    const size_t length = length_that_fits(text, kTextBytes - 1);
    std::memcpy(entry.text, text, length);
    entry.text[length] = '\0';
    // [names.add] release
    entry.state.store(kNamed, std::memory_order_release);
  }

  // The place of `text`, kNone when it was never added.
  uint32_t find(const char* text) const {
    const size_t length = length_that_fits(text, kTextBytes - 1);
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

  // The name at `place`, which may be any number; empty when there is none.
  std::string_view name_of(uint64_t place) const {
    const Entry* entry = place < kMost ? at(static_cast<uint32_t>(place)) : nullptr;
    return entry == nullptr ? std::string_view() : entry->view();
  }

  // Null while the place is being filled, or has no name.
  const Entry* at(uint32_t place) const {
    // [names.add] acquire
    return entries_[place].state.load(std::memory_order_acquire) == kNamed ? &entries_[place] : nullptr;
  }

 private:
  uint32_t take_place(uint32_t number) {
    // relaxed: hands out places.
    const uint32_t place = count_.fetch_add(1, std::memory_order_relaxed);
    if (place >= kMost) {
      // relaxed: as above.
      count_.fetch_sub(1, std::memory_order_relaxed);
      return kNone;
    }
    entries_[place].number = number;
    return place;
  }

  std::atomic<uint32_t> count_;
  Entry entries_[kMost];
};

}  // namespace heapreel::engine
