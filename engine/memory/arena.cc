#include "engine/memory/arena.h"

#include <atomic>
#include <cstddef>
#include <new>
#include <optional>

#include "engine/memory/memory_limits.h"
#include "engine/memory/platform.h"
#include "engine/memory/valgrind.h"

namespace heapreel::engine {

namespace {

// Memcheck reads all of it when it looks for leaks at the end.
constexpr size_t kArenaBytesUnderValgrind = size_t{512} << 20;

constexpr size_t kTopUnit = 4096;  // pages are whole numbers of it

constexpr size_t round_up(size_t bytes, size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

// Offsets of the two ends: the bottom in units in the lower half of the word, the top in units of 4 KiB in the upper.
struct Ends {
  size_t bottom;
  size_t top;

  Ends(size_t new_bottom, size_t new_top) : bottom(new_bottom), top(new_top) {}
  explicit Ends(uint64_t word) : bottom(size_t{word & UINT32_MAX} * kArenaUnit), top((word >> 32) * kTopUnit) {}
  uint64_t word() const { return bottom / kArenaUnit | uint64_t{top / kTopUnit} << 32; }
  size_t left() const { return top - bottom; }
};
static_assert(kArenaBytes / kArenaUnit <= size_t{1} << 32);

// Moves one end by `size`, which is `bytes` rounded up, as `moved` does; returns where both were. Nothing when there is
// no room.
template <class Moved>
std::optional<Ends> take(std::atomic<uint64_t>& word, size_t bytes, size_t size, Moved&& moved) {
  // relaxed: hands out disjoint addresses; publication of what is put there has its own edges.
  uint64_t seen = word.load(std::memory_order_relaxed);
  for (;;) {
    const Ends before(seen);
    if (size < bytes || size > before.left()) return std::nullopt;
    // relaxed: as above
    if (word.compare_exchange_weak(seen, moved(before).word(), std::memory_order_relaxed)) return before;
  }
}

}  // namespace

ArenaHeader* Arena::adopt(std::byte* base) {
  base_ = base;
  header_ = reinterpret_cast<ArenaHeader*>(base);
  bytes_ = header_->bytes;
  return header_;
}

ArenaHeader* Arena::create_at(int place, size_t bytes, int fd) {
  const uintptr_t address = kArenaAddress + static_cast<uintptr_t>(place) * kArenaBytes;
  const platform::Mapping mapping = platform::map_at(address, bytes, fd);
  if (mapping.base == nullptr) return nullptr;
  place_ = place;
  auto* header = new (mapping.base) ArenaHeader();
  header->base = address;
  header->bytes = bytes;
  header->shared = fd >= 0;
  // relaxed: the arena is not published yet.
  header->ends.store(Ends(round_up(sizeof(ArenaHeader), kTopUnit), bytes).word(), std::memory_order_relaxed);
  header->magic = ArenaHeader::kMagic;
  return adopt(mapping.base);
}

bool Arena::give_up_oldest_left() {
  for (int next = 1; next <= kArenaPlaces; ++next) {
    const int place = (place_ + next) % kArenaPlaces;
    ArenaRemains& left = left_[place];
    if (left.bottom == 0) continue;
    auto* const base = reinterpret_cast<std::byte*>(kArenaAddress + static_cast<uintptr_t>(place) * kArenaBytes);
    platform::unmap(base, left.bottom);
    if (left.top < left.bytes) platform::unmap(base + left.top, left.bytes - left.top);
    left = {};
    return true;
  }
  return false;
}

ArenaHeader* Arena::create(int fd, size_t fd_bytes, const platform::MemoryLimits& limits) {
  size_t share = arena_share(limits, fd >= 0);
  size_t least = kLeastArenaBytes;
  if (share > kArenaBytesUnderValgrind && runs_on_valgrind()) {
    share = kArenaBytesUnderValgrind;
    least = share;
  }
  if (share == 0 || (fd >= 0 && (fd_bytes > share || fd_bytes < kLeastArenaBytes))) return nullptr;
  const size_t most = fd >= 0 ? fd_bytes : share;
  if (fd >= 0) least = fd_bytes;
  do {
    for (size_t bytes = most; bytes >= least; bytes /= 2) {
      for (int place = 0; place < kArenaPlaces; ++place) {
        if (ArenaHeader* header = create_at(place, bytes, fd); header != nullptr) return header;
      }
    }
  } while (give_up_oldest_left());
  return nullptr;
}

ArenaHeader* Arena::attach(int fd) {
  // The place is one of few: look at the header through a small mapping first.
  for (int place = 0; place < kArenaPlaces; ++place) {
    const uintptr_t address = kArenaAddress + static_cast<uintptr_t>(place) * kArenaBytes;
    const size_t page = platform::page_bytes();
    const platform::Mapping peek = platform::map_at(address, page, fd);
    if (peek.base == nullptr) continue;
    const auto* header = reinterpret_cast<const ArenaHeader*>(peek.base);
    const uint64_t magic = header->magic;
    const uintptr_t base = header->base;
    const size_t bytes = header->bytes;
    platform::unmap(peek.base, page);
    if (magic != ArenaHeader::kMagic) return nullptr;
    const platform::Mapping mapping = platform::map_at(base, bytes, fd);
    return mapping.base == nullptr ? nullptr : adopt(mapping.base);
  }
  return nullptr;
}

bool Arena::has_root(int fd) {
  uint64_t magic = 0;
  uintptr_t root = 0;
  return platform::read_object(fd, &magic, sizeof magic, offsetof(ArenaHeader, magic)) &&
         magic == ArenaHeader::kMagic && platform::read_object(fd, &root, sizeof root, offsetof(ArenaHeader, root)) &&
         root != 0;
}

void Arena::destroy() {
  if (header_ == nullptr) return;
  platform::unmap(base_, bytes_);
  header_ = nullptr;
  base_ = nullptr;
}

void Arena::note_ends_before_fork() {
  // relaxed: what this thread knows of is in it
  ends_before_fork_ = header_ != nullptr ? header_->ends.load(std::memory_order_relaxed) : 0;
}

void Arena::replace_after_fork() {
  if (base_ == nullptr) return;
  ArenaRemains left = {.bottom = bytes_, .top = bytes_, .bytes = bytes_};
  if (ends_before_fork_ != 0) {
    const Ends ends(ends_before_fork_);
    left.bottom = round_up(ends.bottom, platform::page_bytes());
    left.top = ends.top;
  }
  ends_before_fork_ = 0;
  platform::map_empty_over(base_, left.bottom);
  if (left.top < left.bytes) platform::map_empty_over(base_ + left.top, left.bytes - left.top);
  left_[place_] = left;
}

void Arena::give_up_left() {
  if (left_[place_].bottom != 0) {
    header_ = nullptr;
    base_ = nullptr;
  }
  while (give_up_oldest_left()) {
  }
}

void Arena::give_back_middle(size_t kept) {
  const size_t page = platform::page_bytes();
  const size_t free = left() / page * page;
  if (free <= round_up(kept, page)) return;
  const size_t bytes = free - round_up(kept, page);
  const auto before =
      take(header_->ends, bytes, bytes, [bytes](Ends ends) { return Ends(ends.bottom, ends.top - bytes); });
  if (!before) return;  // another thread took some of it meanwhile
  // relaxed: a level
  header_->given_back.fetch_add(bytes, std::memory_order_relaxed);
  platform::unmap(base_ + before->top - bytes, bytes);
}

size_t Arena::capacity() {
  // relaxed: a level
  return bytes_ - header_->given_back.load(std::memory_order_relaxed);
}

void* Arena::allocate(size_t bytes) {
  const size_t size = round_up(bytes, kArenaUnit);
  const auto before =
      take(header_->ends, bytes, size, [size](Ends ends) { return Ends(ends.bottom + size, ends.top); });
  if (!before) return exhausted();
  account(static_cast<ptrdiff_t>(size));
  return base_ + before->bottom;
}

void* Arena::reserve(size_t bytes) {
  const size_t size = round_up(bytes, platform::page_bytes());
  const auto before =
      take(header_->ends, bytes, size, [size](Ends ends) { return Ends(ends.bottom, ends.top - size); });
  return before ? base_ + before->top - size : exhausted();
}

size_t Arena::left() {
  // relaxed: a level
  return Ends(header_->ends.load(std::memory_order_relaxed)).left();
}

void* Arena::exhausted() {
  // relaxed: a flag read by the consolidator, late is soon enough.
  header_->exhausted.store(1, std::memory_order_relaxed);
  return nullptr;
}

}  // namespace heapreel::engine
