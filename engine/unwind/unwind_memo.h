// The outer frames of a thread's last walk, to be proven again instead of walked again.
//
// A walk is a function of a frame's state (pc, sp, bp) and of the stack words its rules load. When a walk
// meets a state that it remembers, it loads, in the order a walk would, exactly the words that led outward
// from there; as long as they are what they were, so are the frames. Nothing is read that a walk would not
// read, so a stack that is gone or changed is as safe as ever, and fibers cost one fresh walk at a switch.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/unwind/cpu.h"
#include "engine/unwind/stack_hash.h"
#include "engine/unwind/unwind_stack_range.h"

namespace heapreel::engine {

// All-zero memory is an empty memo. It must be forgotten when rules may have changed (a new module
// generation).
class UnwindMemo {
 public:
  static constexpr uint32_t kCapacity = 512;
  static constexpr uint32_t kNone = UINT32_MAX;

  struct State {
    uintptr_t pc;
    uintptr_t sp;
    uintptr_t bp;
  };

  // A stack word, and what it held.
  struct Word {
    uintptr_t at;
    uintptr_t value;
  };

  // Frames are kept outermost first; position p - 1 is the caller of p.
  const State& operator[](uint32_t position) const { return frames_[position].state; }

  // The position of the frame in this very state, or kNone.
  [[gnu::always_inline]] uint32_t find(uintptr_t pc, uintptr_t sp, uintptr_t bp) const {
    const uint32_t position = positions_[index(sp)];
    if (position >= count_) return kNone;
    const State& state = frames_[position].state;
    return state.sp == sp && state.pc == pc && state.bp == bp ? position : kNone;
  }

  // Proves the callers of `from` one by one, at most as far as `until`. Returns the outermost position proven.
  [[gnu::always_inline]] uint32_t prove(uint32_t from, uint32_t until) const {
    const Word* const unproven = first_unproven(from, until);
    return unproven == nullptr ? until : frame_of_word_[unproven - words_];
  }
  // Whether that is `until`.
  [[gnu::always_inline]] bool proves(uint32_t from, uint32_t until) const {
    return first_unproven(from, until) == nullptr;
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

  // The walk's new frames are noted most recent first, behind the remembered ones: a frame's state, the word that gave
  // its caller its pc, and the one that gave it its bp (at 0 when bp was unchanged).
  [[gnu::always_inline]] void note(const State& state, const Word& pc, const Word& bp) {
    if (!note(state)) [[unlikely]]
      return;
    // Without a branch: a bp at 0 is written as well, for the next word to replace.
    Word* const own = &words_[kWords - 2 - noted_words_];
    own[1] = pc;
    own[0] = bp;
    noted_words_ += bp.at != 0 ? 2 : 1;
  }
  // A frame whose caller is not known. False: it could not be noted.
  [[gnu::always_inline]] bool note(const State& state) {
    if (noted_ + count_ >= kCapacity) [[unlikely]] {
      if (!make_room()) return false;
    }
    Frame& frame = frames_[kCapacity - ++noted_];
    frame.state = state;
    frame.words_end = noted_words_;
    return true;
  }
  // Notes the remembered frames from `from` to the one before `until`, as if they had been walked.
  void note_again(uint32_t from, uint32_t until) {
    for (uint32_t position = from; position > until; --position) {
      // Copied: without room, notes overwrite what is remembered from its end.
      const uint32_t begin = frames_[position - 1].words_end;
      const uint32_t count = frames_[position].words_end - begin;
      const Word words[2] = {words_[begin], words_[begin + 1]};
      const State state = frames_[position].state;
      if (count == 2) {
        note(state, words[1], words[0]);
      } else {
        note(state, words[0], {});
      }
    }
  }
  void drop_notes() { noted_ = noted_words_ = 0; }

  // The walk is over: its noted frames were called, in the end, by the one at `base` - 1; younger ones are
  // replaced. `at_bottom` as in reaches_bottom(), for walks that replace position 0.
  void remember(uint32_t base, bool at_bottom) {
    if (noted_ == 0 && base != 0) return;  // nothing new: the younger frames may come again
    if (base == 0) reaches_bottom_ = at_bottom;
    if (noted_ == kCapacity) {
      forget();
    } else {
      remember_notes(base);
    }
    drop_notes();
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
  static constexpr uint32_t kWords = 2 * kCapacity;
  static constexpr int32_t kMaxCredit = 64;
  static constexpr uint32_t kIndexSize = 256;
  static uint32_t index(uintptr_t sp) { return static_cast<uint32_t>(sp >> 4) % kIndexSize; }

  struct Frame {
    State state;
    uint64_t sum;        // of this frame and all outer ones, as stack_hash sums them
    uint32_t words_end;  // in words_: those that give the callers of this frame and all outer ones their states are
                         // before it. Of a note: words that were noted before it.
  };

  // The first of the words which lead from the frame at `from` to the one at `until` that is not what it was; null when
  // all are. They lie in the order in which they are read, whatever frames they belong to.
  //
  // hot: 4 insn a word
  [[gnu::always_inline]] const Word* first_unproven(uint32_t from, uint32_t until) const {
    const auto changed = [](const Word& word) { return stack_word(word.at) != word.value; };
    const Word* word = words_ + frames_[from].words_end;
    const Word* const last = words_ + frames_[until].words_end;
    for (; word - last >= 4; word -= 4) {
      if (changed(word[-1]) || changed(word[-2]) || changed(word[-3]) || changed(word[-4])) [[unlikely]]
        break;
    }
    for (; word != last; --word) {
      if (changed(word[-1])) [[unlikely]]
        return word - 1;
    }
    return nullptr;
  }

  // A walk deeper than the capacity gives up what is remembered, and in the end its own notes.
  [[gnu::noinline, gnu::cold]] bool make_room() {
    forget();
    return noted_ != kCapacity;
  }

  // Upwards: the ranges may overlap, and notes lie above.
  void remember_notes(uint32_t base) {
    const Frame* const notes = &frames_[kCapacity - noted_];
    const Word* words = &words_[kWords - noted_words_];
    uint64_t outer = base == 0 ? 0 : frames_[base - 1].sum;
    uint32_t end = base == 0 ? 0 : frames_[base - 1].words_end;
    uint32_t left = noted_words_;
    for (uint32_t i = 0; i < noted_; ++i) {
      const State state = notes[i].state;
      const uint32_t own = left - notes[i].words_end;  // 0 to 2
      left -= own;
      // Without a branch: what is beyond its own, the next frame replaces.
      const Word pair[2] = {words[0], words[1]};
      words += own;
      std::copy_n(pair, 2, &words_[end]);
      frame_of_word_[end] = frame_of_word_[end + 1] = static_cast<uint16_t>(base + i);
      end += own;
      outer = stack_hash::mix(state.pc) + stack_hash::kBase * outer;
      frames_[base + i] = {state, outer, end};
      pcs_[kCapacity - 1 - (base + i)] = state.pc;
      positions_[index(state.sp)] = static_cast<uint16_t>(base + i);
    }
    count_ = base + noted_;
  }

  Frame frames_[kCapacity];
  Word words_[kWords + 2];    // words of frames p and p - 1 end at most 2 apart; two are read beyond the last
  uintptr_t pcs_[kCapacity];  // of position p at kCapacity - 1 - p: in the order in which walks are written
  uint16_t frame_of_word_[kWords + 2];
  uint16_t positions_[kIndexSize];
  uint32_t count_;
  uint32_t noted_;  // frames at the end of frames_, outermost first as well
  uint32_t noted_words_;
  int32_t credit_;
  uint32_t suspended_;
  uint32_t reaches_bottom_;
  uint32_t expects_repetition_;
};

}  // namespace heapreel::engine
