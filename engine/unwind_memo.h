// The outer frames of a thread's last walk, to be proven again instead of walked again.
//
// A walk is a function of a frame's state (pc, sp, bp) and of the stack words its rules load. When a walk
// meets a state that it remembers, it loads, in the order a walk would, exactly the words that led outward
// from there; as long as they are what they were, so are the frames. Nothing is read that a walk would not
// read, so a stack that is gone or changed is as safe as ever, and fibers cost one fresh walk at a switch.
#pragma once

#include <cstdint>

#include "engine/cpu.h"
#include "engine/stack_hash.h"
#include "engine/unwind_stack_range.h"

namespace heapreel::engine {

// All-zero memory is an empty memo. It must be forgotten when rules may have changed (a new module
// generation).
class UnwindMemo {
 public:
  static constexpr uint32_t kCapacity = 512;
  static constexpr uint32_t kNone = UINT32_MAX;

  // Frames are kept outermost first; position p - 1 is the caller of p.
  struct Frame {
    uintptr_t pc;
    uintptr_t sp;
    uintptr_t bp;
    uintptr_t pc_at;        // the word that gave the caller its pc
    uintptr_t saved_at;     // the word that gave the caller its bp, or pc_at again when bp was unchanged
    uintptr_t saved_value;  // what it held
    uint64_t sum;           // of this frame and all outer ones, as stack_hash sums them
  };

  const Frame& operator[](uint32_t position) const { return frames_[position]; }

  // The position of the frame in this very state, or kNone.
  [[gnu::always_inline]] uint32_t find(uintptr_t pc, uintptr_t sp, uintptr_t bp) const {
    const uint32_t position = positions_[index(sp)];
    if (position >= count_) return kNone;
    const Frame& frame = frames_[position];
    return frame.sp == sp && frame.pc == pc && frame.bp == bp ? position : kNone;
  }

  // Proves the callers of `from` one by one, at most as far as `until`. Returns the outermost position proven.
  [[gnu::always_inline]] uint32_t prove(uint32_t from, uint32_t until) const {
    const Frame* frame = &frames_[from];
    for (const Frame* const last = &frames_[until]; frame != last; --frame) {
      const uintptr_t pc = cpu::return_address(stack_word(frame->pc_at));
      // A walk reads both words before it looks at either: one branch for the two.
      if (((pc ^ frame[-1].pc) | (stack_word(frame->saved_at) ^ frame->saved_value)) != 0) break;
    }
    return static_cast<uint32_t>(frame - frames_);
  }

  // Writes the pcs of `count` frames, that at `from` first, then its callers'.
  [[gnu::always_inline]] void write_pcs(uint32_t from, uint32_t count, uintptr_t* __restrict to) const {
    const uintptr_t* const __restrict pcs = &pcs_[kCapacity - 1 - from];
    for (uint32_t i = 0; i < count; ++i) to[i] = pcs[i];
  }

  // The sum of `count` frames, that at `from` the most recent of them.
  uint64_t sum_of(uint32_t from, uint32_t count) const {
    if (count > from) return frames_[from].sum;
    return frames_[from].sum - stack_hash::power(count) * frames_[from - count].sum;
  }

  // Whether the frame at position 0 is the outermost of its stack, by its state alone.
  bool reaches_bottom() const { return reaches_bottom_ != 0; }

  // The walk's new frames are noted most recent first, behind the remembered ones.
  [[gnu::always_inline]] void note(const Frame& frame) {
    if (noted_ + count_ >= kCapacity) [[unlikely]] {
      if (!make_room()) return;
    }
    frames_[kCapacity - 1 - noted_++] = frame;
  }
  void drop_notes() { noted_ = 0; }

  // The walk is over: its noted frames were called, in the end, by the one at `base` - 1; younger ones are
  // replaced. `at_bottom` as in reaches_bottom(), for walks that replace position 0.
  void remember(uint32_t base, bool at_bottom) {
    if (noted_ == 0 && base != 0) return;  // nothing new: the younger frames may come again
    if (base == 0) reaches_bottom_ = at_bottom;
    if (noted_ == kCapacity) {
      forget();
    } else {
      const Frame* const notes = &frames_[kCapacity - noted_];
      uint64_t outer = base == 0 ? 0 : frames_[base - 1].sum;
      for (uint32_t i = 0; i < noted_; ++i) {  // upwards: the ranges may overlap, and notes lie above
        Frame& frame = frames_[base + i];
        frame = notes[i];
        outer = frame.sum = stack_hash::mix(frame.pc) + stack_hash::kBase * outer;
        pcs_[kCapacity - 1 - (base + i)] = frame.pc;
        positions_[index(frame.sp)] = static_cast<uint16_t>(base + i);
      }
      count_ = base + noted_;
    }
    noted_ = 0;
  }

  void forget() { count_ = 0; }

  // Whether remembering is worth its price now: where walks share nothing it is suspended for a while.
  bool is_worthwhile() {
    if (suspended_ == 0) [[likely]]
      return true;
    --suspended_;
    return false;
  }
  void credit() {
    if (credit_ < kMaxCredit) ++credit_;
  }
  void judge(uint32_t reused, uint32_t depth) {
    constexpr uint32_t kSuspension = 2048;
    credit_ += 2 * reused >= depth ? 1 : -1;
    if (credit_ > kMaxCredit) credit_ = kMaxCredit;
    if (credit_ >= -kMaxCredit) return;
    credit_ = 0;
    suspended_ = kSuspension;
    forget();
  }

  // Whether the last walk was remembered from its first frame on.
  bool expects_repetition() const { return expects_repetition_ != 0; }
  void expect_repetition(bool expected) { expects_repetition_ = expected; }

 private:
  static constexpr int32_t kMaxCredit = 64;
  static constexpr uint32_t kIndexSize = 256;
  static uint32_t index(uintptr_t sp) { return static_cast<uint32_t>(sp >> 4) % kIndexSize; }

  // A walk deeper than the capacity gives up what is remembered, and in the end its own notes.
  [[gnu::noinline, gnu::cold]] bool make_room() {
    forget();
    return noted_ != kCapacity;
  }

  Frame frames_[kCapacity];
  uintptr_t pcs_[kCapacity];  // of position p at kCapacity - 1 - p: in the order in which walks are written
  uint16_t positions_[kIndexSize];
  uint32_t count_;
  uint32_t noted_;  // frames at the end of frames_, outermost first as well
  int32_t credit_;
  uint32_t suspended_;
  uint32_t reaches_bottom_;
  uint32_t expects_repetition_;
};

}  // namespace heapreel::engine
