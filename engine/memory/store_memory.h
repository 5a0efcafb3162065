// The memory of the process that consolidates: the store that it makes of the events, and what the consolidator notes
// for itself.
//
// Where the traced process consolidates itself, this is its arena. Where another process does, it is the upper part of
// the region, which the traced process maps for reading only. What is handed out and counted there is noted in memory
// that only the consolidating process has. The same code runs in both cases: frozen states name places by ArenaRef.
//
// Owner: the holder of the consolidation lock, unless a function says otherwise.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "engine/memory/arena.h"
#include "engine/memory/make_in.h"

namespace heapreel::engine {

class StoreMemory {
 public:
  // Zeroed memory, aligned to `kArenaUnit`, counted as in use. Any thread. Null when exhausted.
  static void* allocate(size_t bytes);
  // Zeroed address space, aligned to pages, not counted: its user counts what it touches. Any thread.
  static void* reserve(size_t bytes);
  // Makes memory read as zeros, and gives its pages back to the system where the system takes them.
  static void release(void* place, size_t bytes) { Arena::release(place, bytes); }

  template <class T, class... Args>
  static T* make(Args&&... args) {
    return make_in<T>(allocate(sizeof(T)), static_cast<Args&&>(args)...);
  }

  static void account(ptrdiff_t bytes) {
    // relaxed: a statistic; the budget check tolerates being a round late.
    accounted_->fetch_add(static_cast<size_t>(bytes), std::memory_order_relaxed);
  }

  // Whether this memory is apart from what the traced process writes.
  static bool is_apart() { return accounted_ == &own_accounted_; }
  // Bytes in use, where the memory is apart; otherwise 0, because the arena counts them.
  static size_t apart_bytes() {
    // relaxed: a statistic
    return is_apart() ? own_accounted_.load(std::memory_order_relaxed) : 0;
  }
  // Bytes that neither end has handed out.
  static size_t left();
  static bool is_exhausted() {
    // relaxed: a flag; late is soon enough
    return exhausted_->load(std::memory_order_relaxed) != 0;
  }

 private:
  friend class Arena;

  // From now on memory comes from the arena itself, and counts there.
  static void be_in_arena(ArenaHeader& header, size_t shared_bytes);
  // From now on memory comes from [begin, end), which belongs to this process alone and is zeroed.
  static void be_apart(size_t begin, size_t end);
  static void* exhausted();

  static inline std::atomic<uint64_t> own_ends_{0};
  static inline std::atomic<size_t> own_accounted_{0};
  static inline std::atomic<uint32_t> own_exhausted_{0};

  // Owner: whoever makes or attaches the arena, before any use.
  static inline std::atomic<uint64_t>* ends_ = &own_ends_;
  static inline std::atomic<size_t>* accounted_ = &own_accounted_;
  static inline std::atomic<uint32_t>* exhausted_ = &own_exhausted_;
  static inline size_t begin_ = 0;
  static inline size_t end_ = 0;
};

}  // namespace heapreel::engine
