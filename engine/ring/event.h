// Events as the hooks write them: 64-bit words in a ring. The first word's top four bits say the kind.
//
//   ALLOC       kind:4 domain:12 slot:16 id:32 | address/16:44 size:20
//   ALLOC_WIDE  kind:4 domain:12 slot:16 id:32 | address:64 | size:64        when the short form cannot say it
//   MOVE, MOVE_WIDE   as ALLOC, ALLOC_WIDE for the new block, then  check:28 zero:4 id:32  for the old one
//   FREE        kind:4 check:28 id:32
//   FREE_UNSEEN kind:4 check:28 id:32      closed by the hooks: its free was never seen, its address came again
//   EPOCH       kind:4 issued:16 epoch:44  the tag of all events that follow; how many were issued before
//   DEFINE      kind:4 bottom:1 approximate:1 modules:14 depth:12 total:16 slot:16 | depth program counters
//   TAG         kind:4 tag:60              scope name of the allocations that follow
//   THREAD      kind:4 thread:60           index of the thread that owns the ring from here on
//   FREE_STRAY  kind:4 zero:12 slot:16 zero:32 | address:64    a free of a block that is not in the record; its stack
//   PAD         kind:4                     the rest of this segment is empty; go on in the next
//
// ALLOC, MOVE and FREE are what "issued" counts; the others carry context.
#pragma once

#include <cstdint>

namespace heapreel::engine {

using BlockId = uint32_t;  // 0 = untracked
using DomainIndex = uint32_t;
using StackSlot = uint32_t;

enum class EventKind : uint8_t {
  kPad = 0,
  kAlloc = 1,
  kAllocWide = 2,
  kMove = 3,
  kMoveWide = 4,
  kFree = 5,
  kFreeInferred = 6,
  kEpoch = 7,
  kDefine = 8,
  kTag = 9,
  kThread = 10,
  kFreeStray = 11,
};

inline constexpr uint32_t kMaxDomains = 4096;
// Slots of a thread's traceback cache go below these.
inline constexpr StackSlot kNoStackSlot = 0xffff;        // no stack could be walked: "<unknown>"
inline constexpr StackSlot kDegradedStackSlot = 0xfffe;  // not walked because of overload: "<degraded>"
inline constexpr uint32_t kMaxEventWords = 4;            // without DEFINE

namespace event {

inline constexpr int kKindShift = 60;
inline constexpr uint32_t kMostTotalDepth = 0xffff;
inline constexpr uint64_t kShortSizeLimit = uint64_t{1} << 20;

constexpr uint64_t head(EventKind kind) {
  return static_cast<uint64_t>(kind) << kKindShift;
}
constexpr EventKind kind_of(uint64_t word) {
  return static_cast<EventKind>(word >> kKindShift);
}
constexpr uint64_t payload_of(uint64_t word) {
  return word & ((uint64_t{1} << kKindShift) - 1);
}

// 28 bits of an address, by which a FREE that names a block of another address is noticed: it ends nothing. Addresses
// within 4 GiB of each other never have the same bits.
constexpr uint32_t address_check(uintptr_t address) {
  const auto a = static_cast<uint64_t>(address);
  return static_cast<uint32_t>(a >> 4 ^ a >> 32 ^ a << 24) & 0x0fff'ffff;
}

// In place of an address's 28 bits, for a caller that knows the block by its id alone: the dense map tells where the
// allocator's block begins, and the program's may begin further in. One address in 2^28 has these bits too, and then
// goes unchecked.
inline constexpr uint32_t kAnyAddress = 0x0fff'ffff;

constexpr bool fits_short(uintptr_t address, uint64_t size) {
  return size < kShortSizeLimit && (address & 15) == 0 && (static_cast<uint64_t>(address) >> 48) == 0;
}
constexpr uint64_t alloc_word(EventKind kind, DomainIndex domain, StackSlot slot, BlockId id) {
  return head(kind) | uint64_t{domain} << 48 | uint64_t{slot} << 32 | id;
}
constexpr uint64_t short_block(uintptr_t address, uint64_t size) {
  return static_cast<uint64_t>(address) << 16 | size;  // address/16 in the upper 44 bits
}
constexpr uint64_t free_word(EventKind kind, uint32_t check, BlockId id) {
  return head(kind) | uint64_t{check} << 32 | id;
}

constexpr BlockId block_of(uint64_t word) {
  return static_cast<BlockId>(word);
}
constexpr uint32_t check_of(uint64_t word) {
  return static_cast<uint32_t>(word >> 32) & 0x0fff'ffff;
}
constexpr DomainIndex domain_of(uint64_t word) {
  return static_cast<DomainIndex>(word >> 48) & 0xfff;
}
constexpr StackSlot slot_of(uint64_t word) {
  return static_cast<StackSlot>(word >> 32) & 0xffff;
}
constexpr uintptr_t short_address(uint64_t word) {
  return static_cast<uintptr_t>(word >> 20) << 4;
}
constexpr uint64_t short_size(uint64_t word) {
  return word & (kShortSizeLimit - 1);
}

// `total`: frames of the whole stack; 0 when unknown. `modules`: how many modules were known (ModuleTable::known()).
constexpr uint64_t define_word(StackSlot slot, uint32_t depth, uint32_t total, bool bottom, bool approximate,
                               uint32_t modules) {
  return head(EventKind::kDefine) | uint64_t{bottom} << 59 | uint64_t{approximate} << 58 | uint64_t{modules} << 44 |
         uint64_t{depth} << 32 | uint64_t{total < kMostTotalDepth ? total : kMostTotalDepth} << 16 | slot;
}
constexpr uint32_t define_modules(uint64_t word) {
  return static_cast<uint32_t>(word >> 44) & 0x3fff;
}
constexpr uint32_t define_total(uint64_t word) {
  return static_cast<uint32_t>(word >> 16) & 0xffff;
}
constexpr uint32_t define_depth(uint64_t word) {
  return static_cast<uint32_t>(word >> 32) & 0xfff;
}
constexpr StackSlot define_slot(uint64_t word) {
  return static_cast<StackSlot>(word) & 0xffff;
}
constexpr bool define_bottom(uint64_t word) {
  return (word >> 59 & 1) != 0;
}
constexpr bool define_approximate(uint64_t word) {
  return (word >> 58 & 1) != 0;
}

constexpr uint64_t epoch_word(uint16_t issued_low, uint64_t epoch) {
  return head(EventKind::kEpoch) | uint64_t{issued_low} << 44 | epoch;
}
constexpr uint64_t epoch_of(uint64_t word) {
  return word & ((uint64_t{1} << 44) - 1);
}
constexpr uint16_t epoch_issued_low(uint64_t word) {
  return static_cast<uint16_t>(word >> 44);
}

// The length of the event in words, including the first.
constexpr uint32_t length_of(uint64_t word) {
  constexpr uint8_t kLength[16] = {1, 2, 3, 3, 4, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1};
  const EventKind kind = kind_of(word);
  return kLength[static_cast<uint8_t>(kind)] + (kind == EventKind::kDefine ? define_depth(word) : 0);
}

}  // namespace event

}  // namespace heapreel::engine
