// The tracer's memory: one region at a fixed address. It is committed page by page as it is touched, nothing in it ever
// moves, and it is never traced itself. Everything that describes the heap lies here, so that a process that maps the
// same memory object at the same address reads it with plain pointers.
//
// Two ends grow towards each other: small dense objects from the bottom, large sparse ranges from the top. Neither end
// takes memory back; users keep lists of what they no longer need.
//
// Where another process consolidates, the upper half of the region belongs to that process (StoreMemory). The traced
// process maps it for reading only, so that no wild write of the program reaches what is stored. The lower half is
// shared, and a wild write may have damaged anything in it: the consolidating process follows a pointer or an index
// from there only after `holds()` or a bound has accepted it.
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
  // Where the part of the consolidating process begins, which the traced process can only read. `bytes` when there is
  // no such part.
  size_t store_begin = 0;

  // Sync edges:
  //   [arena.root]  root: release by whoever starts the tracer -> acquire by a process that attaches. Carries all that
  //                 was set up before.
  std::atomic<void*> root{nullptr};

  // The positions of the two ends, in one word so that they never cross. The ends only hand out addresses. An address
  // is used by whoever got it.
  alignas(64) std::atomic<uint64_t> ends{0};
  std::atomic<size_t> accounted{0};  // bytes in use, by their users' own count
  std::atomic<uint32_t> exhausted{0};
  std::atomic<size_t> given_back{0};  // bytes between the ends that the traced process has unmapped
  // Bytes that the consolidating process uses of its own part, by its own count. The traced process reports them.
  std::atomic<size_t> store_accounted{0};
  // relaxed: kUntouched until this process looks at a snapshot in the consolidating process's part, or gives that part
  // up.
  enum StoreUse : uint32_t { kUntouched, kLookedAt, kGivenUp };
  std::atomic<uint32_t> store_use{kUntouched};
};

// What a forked child keeps where the arena of one of its ancestors was: memory at the two ends. The addresses between
// them are free, and the program may have mapped something there.
struct ArenaRemains {
  size_t bottom = 0;       // bytes from the beginning; 0: nothing lies there
  size_t top = 0;          // where the upper end begins
  size_t bytes = 0;        // of the part that the program writes
  size_t store_bytes = 0;  // of the consolidating process's part behind it; 0: nothing lies there
};

class Arena {
 public:
  // Makes this process's arena at the first place that is free, in shared memory when `fd` >= 0 (see
  // platform::create_shared_memory). Under `limits` it is as large as the tracer's share of them. Null when no address
  // space can be had; then nothing can be traced.
  static ArenaHeader* create(int fd, size_t fd_bytes, const platform::MemoryLimits& limits = platform::memory_limits());
  // Asks whoever will make an arena in the shared memory behind `fd` for a place that is free in this process, so that
  // this process and children that it forks can attach: where they are traced themselves, the first places are taken.
  static void ask_for_free_place(int fd);
  // Maps an arena that another process made. Null when `fd` does not hold one, or when its address is taken here.
  static ArenaHeader* attach(int fd);
  // Whether another process made an arena there and started a tracer in it; known also where it cannot be mapped.
  static bool has_root(int fd);
  // Unmaps the arena with everything in it. For tests, and for a process that has read another one's arena.
  static void destroy();

  static ArenaHeader* header() { return header_; }
  // Uses the arena that another copy of the engine in this process has made.
  static void look_at(ArenaHeader* header) {
    adopt(reinterpret_cast<std::byte*>(header), header->bytes, header->store_begin);
  }

  // Around a fork, in the forking process: the first notes how far the arena's ends have come, and the second forgets
  // it.
  static void note_ends_before_fork();
  static void forget_ends_after_fork() { ends_before_fork_ = 0; }
  // In a forked child, which the kernel gives nothing of the arena: puts empty memory in its place, so that pointers
  // which still lead there read zeros. When the fork was not announced, it replaces the whole arena. A later create()
  // takes another place.
  static void replace_after_fork();
  // Later, in the same child: unmaps that empty memory, of the arenas of all ancestors. No pointer may lead there any
  // more.
  static void give_up_left();

  // Gives address space back to the program: unmaps what neither end has handed out, except for `kept` bytes. Does
  // nothing when there is no more than that.
  static void give_back_middle(size_t kept);
  // In the traced process: unmaps the consolidating process's part, unless a snapshot there has been looked at. After
  // that no snapshot can be looked at.
  static void give_back_store();
  // To be called before a frozen state is looked at. False when it lies in a part that this process gave back.
  static bool can_look_at_store();
  // Gives the program the address space that the tracer holds and does not use, except for `kept` bytes. False when
  // there was nothing to give.
  static bool make_room(size_t kept);
  // Bytes of the whole arena, handed out or not.
  static size_t capacity();

  // Zeroed memory, aligned to `kArenaUnit`, which counts as in use. Any thread; lock-free. Null when not enough is
  // left: then ArenaHeader::exhausted is set and nothing was taken, so that a smaller request may still succeed.
  static void* allocate(size_t bytes);
  // Zeroed address space, aligned to pages, which does not count as in use: its user counts what it touches.
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
  // Whether `count` objects of type T can lie at `place`, all of them in the part that the program writes. The
  // consolidating process asks this before it follows a pointer that it read from there.
  template <class T>
  static bool holds(const T* place, size_t count = 1, size_t alignment = alignof(T)) {
    const uintptr_t offset = reinterpret_cast<uintptr_t>(place) - reinterpret_cast<uintptr_t>(base_);
    return offset < shared_bytes_ && count <= (shared_bytes_ - offset) / sizeof(T) && offset % alignment == 0 &&
           (offset >= own_end_ || offset + count * sizeof(T) <= own_begin_);
  }
  // From now on holds() refuses [begin, begin + bytes) of that part, because the consolidating process has a copy of
  // its own there.
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
  static size_t wished_places(int fd);
  static void keep_places();
  static void give_up_places();
  static ArenaHeader* attach_at_its_place(int fd);
  static ArenaHeader* create_at(int place, size_t bytes, int fd);
  // Gives up the memory where the arena of the most distant ancestor was. False when there is none.
  static bool give_up_oldest_left();

  static inline ArenaHeader* header_ = nullptr;  // owner: whoever starts or attaches the tracer, before any use
  static inline std::byte* base_ = nullptr;
  static inline size_t bytes_ = 0;
  static inline size_t shared_bytes_ = 0;  // bytes of the part that the program writes
  static inline size_t own_begin_ = 0;     // offsets of what keep_apart() named; equal when it was not called
  static inline size_t own_end_ = 0;
  static inline bool is_shared_ = false;
  static inline bool gave_store_back_ = false;
  static inline int place_ = 0;
  static inline size_t kept_places_ = 0;         // a bit for each place that ask_for_free_place() keeps free
  static inline uint64_t ends_before_fork_ = 0;  // ArenaHeader::ends; 0: no fork was announced
  static inline ArenaRemains left_[kArenaPlaces] = {};
};

}  // namespace heapreel::engine
