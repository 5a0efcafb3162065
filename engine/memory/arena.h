// The tracer's memory: one region at a fixed address, committed on demand, position-stable, never traced itself.
// Everything that describes the heap lives here, so that a process that maps the same memory object at the same
// address reads it with plain pointers.
//
// Two ends grow towards each other: small dense objects from the bottom, large sparse ranges from the top.
// Nothing is returned to the middle; users keep free lists of what they give up.
//
// Where another process consolidates, the upper half of the region is that process's (StoreMemory): the traced process
// maps it for reading only, so that no wild write of the program reaches what is stored. The lower half is shared, and
// whatever is read from there may be damaged: the consolidating process follows no pointer and no index of it that
// `holds()` or a bound did not let pass.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "engine/memory/arena_address.h"
#include "engine/memory/make_in.h"
#include "engine/memory/platform.h"

namespace heapreel::engine {

// A place in the arena in units of 64 bytes: half the size of a pointer where there are millions. 0 is no place.
using ArenaRef = uint32_t;
inline constexpr size_t kArenaUnit = 64;

struct ArenaHeader {
  static constexpr uint64_t kMagic = 0x316c6565'72706165;  // "eapreel1"

  uint64_t magic = 0;
  uintptr_t base = 0;
  size_t bytes = 0;
  bool shared = false;  // backed by a memory object that another process can map
  // Where the consolidating process's part begins, for the traced process to read only; `bytes` when there is none.
  size_t store_begin = 0;

  // Sync edges:
  //   [arena.root]  root: release by whoever starts the tracer -> acquire by a process that attaches. Carries all that
  //                 was set up before.
  std::atomic<void*> root{nullptr};

  // The positions of the two ends, in one word so that they never cross. The ends only hand out addresses; who may
  // touch these follows from the address itself.
  alignas(64) std::atomic<uint64_t> ends{0};
  std::atomic<size_t> accounted{0};  // bytes in use, by their users' own count
  std::atomic<uint32_t> exhausted{0};
  std::atomic<size_t> given_back{0};  // bytes of the middle that are not mapped any more in the process that is traced
  // Bytes that the consolidating process uses of its part, as it says itself. For the traced process to report.
  std::atomic<size_t> store_accounted{0};
  // relaxed: kUntouched until a snapshot of the consolidating process's part is looked at here, or it is given up.
  enum StoreUse : uint32_t { kUntouched, kLookedAt, kGivenUp };
  std::atomic<uint32_t> store_use{kUntouched};
};

// What lies where the arena of one of this process's ancestors was: its two ends. Between them the place is free, and
// others may have mapped memory there.
struct ArenaRemains {
  size_t bottom = 0;       // bytes from the beginning; 0: nothing lies there
  size_t top = 0;          // where the upper end begins
  size_t bytes = 0;        // without the consolidating process's part
  size_t store_bytes = 0;  // of that part, behind it; 0: nothing lies there
};

class Arena {
 public:
  // Makes this process's arena, in shared memory when `fd` >= 0 (see platform::create_shared_memory) and at the first
  // place that is free. Under `limits` it takes its share of them. Null when no address space can be had; then there is
  // nothing to trace with.
  static ArenaHeader* create(int fd, size_t fd_bytes, const platform::MemoryLimits& limits = platform::memory_limits());
  // Maps an arena that another process made. Null when `fd` does not hold one, or when its address is taken here.
  static ArenaHeader* attach(int fd);
  // Whether another process made an arena there and started a tracer in it; known also where it cannot be mapped.
  static bool has_root(int fd);
  // Unmaps. Everything in it is gone; for tests and for the reader's end of a shared arena.
  static void destroy();

  static ArenaHeader* header() { return header_; }
  // Uses the arena that another copy of the engine in this process has made.
  static void look_at(ArenaHeader* header) {
    adopt(reinterpret_cast<std::byte*>(header), header->bytes, header->store_begin);
  }

  // Around a fork, in the process that forks: notes how much of the arena is handed out, and forgets it.
  static void note_ends_before_fork();
  static void forget_ends_after_fork() { ends_before_fork_ = 0; }
  // In a forked child, where the kernel left the arena out: puts empty memory in its place, so that whatever still
  // points there reads zeros; all of it when the fork was not announced. A later create() takes another place.
  static void replace_after_fork();
  // There too, later: gives up that memory of all ancestors' arenas. Nothing may point there any more.
  static void give_up_left();

  // Unmaps what neither end has handed out, but for `kept` bytes: address space for the program. Does nothing when
  // there is no more than that.
  static void give_back_middle(size_t kept);
  // Unmaps the consolidating process's part in the traced process, unless a snapshot of it was looked at there: then
  // none can be, any more.
  static void give_back_store();
  // Before a frozen state is looked at. False when it lies in a part that this process gave back.
  static bool can_look_at_store();
  // Gives the program what the tracer holds of address space without need: all that is not in use, but for `kept` bytes.
  // False when there was nothing to give.
  static bool make_room(size_t kept);
  // Bytes that can be handed out or have been.
  static size_t capacity();

  // Zeroed memory, aligned to `kArenaUnit`, counted as in use. Any thread; lock-free. Null when exhausted, and then
  // ArenaHeader::exhausted says so; nothing is taken then, and less may still be had.
  static void* allocate(size_t bytes);
  // Zeroed address space, aligned to pages, not counted: its user counts what it touches.
  static void* reserve(size_t bytes);
  // Makes memory of the arena read as zeros, and gives its pages back to the system where it takes them.
  static void release(void* place, size_t bytes) {
    platform::release_pages(static_cast<std::byte*>(place), bytes, is_shared_);
  }

  template <class T, class... Args>
  static T* make(Args&&... args) {
    return make_in<T>(allocate(sizeof(T)), static_cast<Args&&>(args)...);
  }

  // For large, sparsely used types that are valid objects when all their memory is zero.
  template <class T>
  static T* zeroed() {
    return static_cast<T*>(reserve(sizeof(T)));
  }

  // Bytes that neither end has handed out.
  static size_t left();

  static void account(ptrdiff_t bytes) {
    // relaxed: a statistic; the budget check tolerates being a round late.
    header_->accounted.fetch_add(static_cast<size_t>(bytes), std::memory_order_relaxed);
  }

  static void* at_offset(size_t offset) { return base_ + offset; }
  static void* at(ArenaRef ref) { return base_ + size_t{ref} * kArenaUnit; }
  static bool contains(const void* place) {
    const auto offset = static_cast<size_t>(static_cast<const std::byte*>(place) - base_);
    return base_ != nullptr && offset < bytes_;
  }
  // Whether `count` objects of type T can lie at `place`, all of them in the part that the program writes: what a
  // pointer that was read from there must fulfil before anybody in the consolidating process follows it.
  template <class T>
  static bool holds(const T* place, size_t count = 1, size_t alignment = alignof(T)) {
    const uintptr_t offset = reinterpret_cast<uintptr_t>(place) - reinterpret_cast<uintptr_t>(base_);
    return offset < shared_bytes_ && count <= (shared_bytes_ - offset) / sizeof(T) && offset % alignment == 0 &&
           (offset >= own_end_ || offset + count * sizeof(T) <= own_begin_);
  }
  // From now on nothing that the program names lies in [begin, begin + bytes) of that part: there the consolidating process
  // has a copy of its own.
  static void keep_apart(const void* begin, size_t bytes) {
    own_begin_ = static_cast<size_t>(static_cast<const std::byte*>(begin) - base_);
    own_end_ = own_begin_ + bytes;
  }
  static ArenaRef ref_of(const void* place) {
    return static_cast<ArenaRef>((static_cast<const std::byte*>(place) - base_) / kArenaUnit);
  }

 private:
  static ArenaHeader* adopt(std::byte* base, size_t bytes, size_t shared_bytes);
  static void* exhausted();
  static bool map_region(uintptr_t address, size_t bytes, size_t store_begin, int fd);
  static ArenaHeader* create_at(int place, size_t bytes, int fd);
  // Makes room where the arena of the most distant ancestor was. False when there is none.
  static bool give_up_oldest_left();

  static inline ArenaHeader* header_ = nullptr;  // owner: whoever starts or attaches the tracer, before any use
  static inline std::byte* base_ = nullptr;
  static inline size_t bytes_ = 0;
  static inline size_t shared_bytes_ = 0;  // from the beginning: without the consolidating process's part
  static inline size_t own_begin_ = 0;     // offsets of what is kept apart; equal: nothing is
  static inline size_t own_end_ = 0;
  static inline bool is_shared_ = false;
  static inline bool gave_store_back_ = false;
  static inline int place_ = 0;
  static inline uint64_t ends_before_fork_ = 0;  // ArenaHeader::ends; 0: no fork was announced
  static inline ArenaRemains left_[kArenaPlaces] = {};
};

}  // namespace heapreel::engine
