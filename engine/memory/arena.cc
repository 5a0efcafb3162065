#include "engine/memory/arena.h"

#include <atomic>
#include <cstddef>
#include <new>

#include "engine/memory/arena_ends.h"
#include "engine/memory/memory_limits.h"
#include "engine/memory/platform.h"
#include "engine/memory/store_memory.h"
#include "engine/memory/valgrind.h"

namespace heapreel::engine {

namespace {

// Memcheck reads all of it when it looks for leaks at the end.
constexpr size_t kArenaBytesUnderValgrind = size_t{512} << 20;

static_assert(kArenaUnit == ArenaEnds::kBottomUnit);
static_assert(kArenaBytes / kArenaUnit <= size_t{1} << 32);

constexpr size_t round_up(size_t bytes, size_t unit) {
  return ArenaEnds::round_up(bytes, unit);
}

// Where an arena that two processes share is divided: the program writes its events into the first half, and the
// consolidating process keeps what it makes of them in the second. The border lies between whole pages, however large
// these are.
size_t store_begin_of(size_t bytes, bool shared) {
  return shared ? round_up(bytes / 2, size_t{64} << 10) : bytes;
}

constexpr uintptr_t address_of(int place) {
  return kArenaAddress + static_cast<uintptr_t>(place) * kArenaBytes;
}

bool is_free(uintptr_t address, size_t bytes) {
  if (!platform::keep_free(address, bytes)) return false;
  platform::unmap(reinterpret_cast<std::byte*>(address), bytes);
  return true;
}

}  // namespace

ArenaHeader* Arena::adopt(std::byte* base, size_t bytes, size_t shared_bytes) {
  base_ = base;
  header_ = reinterpret_cast<ArenaHeader*>(base);
  bytes_ = bytes;
  shared_bytes_ = shared_bytes;
  own_begin_ = own_end_ = 0;
  is_shared_ = header_->shared;
  StoreMemory::be_in_arena(*header_, shared_bytes);
  return header_;
}

// The traced process's view of the region. False when its place is not free.
bool Arena::map_region(uintptr_t address, size_t bytes, size_t store_begin, int fd) {
  const platform::Mapping written = platform::map_at(address, store_begin, fd);
  if (written.base == nullptr) return false;
  if (store_begin == bytes) return true;
  const platform::Mapping read = platform::map_at(address + store_begin, bytes - store_begin, fd, store_begin, false);
  if (read.base != nullptr) return true;
  platform::unmap(written.base, store_begin);
  return false;
}

ArenaHeader* Arena::create_at(int place, size_t bytes, int fd) {
  const uintptr_t address = address_of(place);
  const size_t store_begin = store_begin_of(bytes, fd >= 0);
  if (!map_region(address, bytes, store_begin, fd)) return nullptr;
  place_ = place;
  auto* header = new (reinterpret_cast<void*>(address)) ArenaHeader();
  header->base = address;
  header->bytes = bytes;
  header->shared = fd >= 0;
  header->store_begin = store_begin;
  const size_t first = round_up(sizeof(ArenaHeader), platform::page_bytes());
  // relaxed: the arena is not published yet.
  header->ends.store(ArenaEnds(first, store_begin).word(), std::memory_order_relaxed);
  header->magic = ArenaHeader::kMagic;
  return adopt(reinterpret_cast<std::byte*>(address), bytes, store_begin);
}

// The wish, a bit for each place, is written where the header will tell its size. mimalloc's memory may lie in any place
// or come to lie there, in this process and in the program, so that all that are free are kept until one is attached.
void Arena::ask_for_free_place(int fd) {
  if (kept_places_ == 0 && is_free(address_of(0), kArenaBytes)) return;
  if (kept_places_ == 0) keep_places();
  if (kept_places_ != 0) platform::write_object(fd, &kept_places_, sizeof kept_places_, offsetof(ArenaHeader, bytes));
}

void Arena::keep_places() {
  for (int place = 1; place < kArenaPlaces; ++place) {
    if (platform::keep_free(address_of(place), kArenaBytes)) kept_places_ |= size_t{1} << place;
  }
}

void Arena::give_up_places() {
  for (int place = 1; place < kArenaPlaces; ++place) {
    if ((kept_places_ >> place & 1) == 0) continue;
    platform::unmap(reinterpret_cast<std::byte*>(address_of(place)), kArenaBytes);
  }
  kept_places_ = 0;
}

// What ask_for_free_place() wished for; 0: nothing.
size_t Arena::wished_places(int fd) {
  size_t wish = 0;
  const bool has_wish = fd >= 0 && platform::read_object(fd, &wish, sizeof wish, offsetof(ArenaHeader, bytes));
  return has_wish ? wish : 0;
}

bool Arena::give_up_oldest_left() {
  for (int next = 1; next <= kArenaPlaces; ++next) {
    const int place = (place_ + next) % kArenaPlaces;
    ArenaRemains& left = left_[place];
    if (left.bottom == 0) continue;
    auto* const base = reinterpret_cast<std::byte*>(address_of(place));
    platform::unmap(base, left.bottom);
    if (left.top < left.bytes) platform::unmap(base + left.top, left.bytes - left.top);
    if (left.store_bytes != 0) platform::unmap(base + left.bytes, left.store_bytes);
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
  const size_t wish = wished_places(fd);
  do {
    for (size_t bytes = most; bytes >= least; bytes /= 2) {
      for (const bool wished : {true, false}) {
        for (int place = 0; place < kArenaPlaces; ++place) {
          if ((wish >> place & 1) != (wished ? 1 : 0)) continue;
          if (ArenaHeader* header = create_at(place, bytes, fd); header != nullptr) return header;
        }
      }
    }
  } while (give_up_oldest_left());
  return nullptr;
}

ArenaHeader* Arena::attach(int fd) {
  const bool kept = kept_places_ != 0;
  give_up_places();
  ArenaHeader* const attached = attach_at_its_place(fd);
  if (attached == nullptr && kept) keep_places();
  return attached;
}

// The header is not trusted, because the program may have written there.
ArenaHeader* Arena::attach_at_its_place(int fd) {
  const size_t file_bytes = platform::file_bytes(fd);
  // The arena lies at one of a few places. A small mapping is enough to find out which one the header names.
  for (int place = 0; place < kArenaPlaces; ++place) {
    const uintptr_t address = address_of(place);
    const size_t page = platform::page_bytes();
    const platform::Mapping peek = platform::map_at(address, page, fd);
    if (peek.base == nullptr) continue;
    const auto* header = reinterpret_cast<const ArenaHeader*>(peek.base);
    const uint64_t magic = header->magic;
    const uintptr_t base = header->base;
    const size_t bytes = header->bytes;
    const size_t store_begin = header->store_begin;
    platform::unmap(peek.base, page);
    if (magic != ArenaHeader::kMagic || bytes > file_bytes || bytes > kArenaBytes || bytes < kLeastArenaBytes) {
      return nullptr;
    }
    const uintptr_t wanted = base - kArenaAddress;
    if (wanted % kArenaBytes != 0 || wanted / kArenaBytes >= kArenaPlaces) return nullptr;
    if (store_begin != store_begin_of(bytes, true)) return nullptr;
    const platform::Mapping mapping = platform::map_at(base, bytes, fd);
    if (mapping.base == nullptr) return nullptr;
    ArenaHeader* adopted = adopt(mapping.base, bytes, store_begin);
    is_shared_ = true;
    StoreMemory::be_apart(store_begin, bytes);
    return adopted;
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
  shared_bytes_ = 0;
}

void Arena::note_ends_before_fork() {
  // relaxed: it is at least what this thread itself took
  ends_before_fork_ = header_ != nullptr ? header_->ends.load(std::memory_order_relaxed) : 0;
}

void Arena::replace_after_fork() {
  // A child that never had an arena of its own still has the empty memory that replaced its parent's.
  if (base_ == nullptr || left_[place_].bottom != 0) return;
  ArenaRemains left = {.bottom = shared_bytes_,
                       .top = shared_bytes_,
                       .bytes = shared_bytes_,
                       .store_bytes = gave_store_back_ ? 0 : bytes_ - shared_bytes_};
  if (ends_before_fork_ != 0) {
    const ArenaEnds ends(ends_before_fork_);
    left.bottom = round_up(ends.bottom, platform::page_bytes());
    left.top = ends.top;
  }
  ends_before_fork_ = 0;
  platform::map_empty_over(base_, left.bottom);
  if (left.top < left.bytes) platform::map_empty_over(base_ + left.top, left.bytes - left.top);
  if (left.store_bytes != 0) platform::map_empty_over(base_ + left.bytes, left.store_bytes);
  left_[place_] = left;
  gave_store_back_ = false;
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
  const auto before = take_from_ends(header_->ends, 0, shared_bytes_, bytes, bytes,
                                     [bytes](ArenaEnds ends) { return ArenaEnds(ends.bottom, ends.top - bytes); });
  if (!before) return;  // another thread took some of it meanwhile
  // relaxed: a level
  header_->given_back.fetch_add(bytes, std::memory_order_relaxed);
  platform::unmap(base_ + before->top - bytes, bytes);
}

void Arena::give_back_store() {
  if (bytes_ == shared_bytes_ || gave_store_back_) return;
  uint32_t use = ArenaHeader::kUntouched;
  // relaxed: see ArenaHeader::store_use
  if (!header_->store_use.compare_exchange_strong(use, ArenaHeader::kGivenUp, std::memory_order_relaxed)) return;
  gave_store_back_ = true;
  platform::unmap(base_ + shared_bytes_, bytes_ - shared_bytes_);
}

bool Arena::make_room(size_t kept) {
  const size_t capacity_before = capacity();
  const bool had_store = !gave_store_back_;
  give_up_left();
  give_back_store();
  give_back_middle(kept);
  return capacity() != capacity_before || (had_store && gave_store_back_);
}

bool Arena::can_look_at_store() {
  if (bytes_ == shared_bytes_) return true;
  uint32_t use = ArenaHeader::kUntouched;
  // relaxed: see ArenaHeader::store_use
  header_->store_use.compare_exchange_strong(use, ArenaHeader::kLookedAt, std::memory_order_relaxed);
  return use != ArenaHeader::kGivenUp;
}

size_t Arena::capacity() {
  // relaxed: a level
  const size_t given_back = header_->given_back.load(std::memory_order_relaxed);
  return given_back < shared_bytes_ ? shared_bytes_ - given_back : 0;
}

void* Arena::allocate(size_t bytes) {
  const size_t size = round_up(bytes, kArenaUnit);
  const auto before = take_from_ends(header_->ends, 0, shared_bytes_, bytes, size,
                                     [size](ArenaEnds ends) { return ArenaEnds(ends.bottom + size, ends.top); });
  if (!before) return exhausted();
  account(static_cast<ptrdiff_t>(size));
  return base_ + before->bottom;
}

void* Arena::reserve(size_t bytes) {
  const size_t size = round_up(bytes, platform::page_bytes());
  const auto before = take_from_ends(header_->ends, 0, shared_bytes_, bytes, size,
                                     [size](ArenaEnds ends) { return ArenaEnds(ends.bottom, ends.top - size); });
  return before ? base_ + before->top - size : exhausted();
}

size_t Arena::left() {
  // relaxed: a level
  return ArenaEnds(header_->ends.load(std::memory_order_relaxed)).left();
}

void* Arena::exhausted() {
  // relaxed: a flag read by the consolidator, late is soon enough.
  header_->exhausted.store(1, std::memory_order_relaxed);
  return nullptr;
}

}  // namespace heapreel::engine
