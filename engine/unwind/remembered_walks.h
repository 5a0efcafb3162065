// Stacks that a thread was seen on before, to be proven again instead of walked again.
//
// A walk is a function of where it begins (pc, sp, and bp where a frame needs it) and of the stack words that it loads.
// So a remembered walk keeps those words. When a walk begins as a remembered one did, the words are compared one by
// one, in the order in which a walk loads them: as long as they are what they were, a walk would read the next one too,
// and when all are, it would find the same frames. Nothing is read that a walk would not read.
//
// The frame pointer is a general register in most code: it changes all the time, and no walk needs it. Its value is
// part of a remembered walk only where a frame's place was computed from it before it was loaded again.
//
// Walks share their outer frames. So every fourth frame or so of a remembered walk is a checkpoint (which ones, pc and sp
// alone decide): its caller and all beyond can be found by it as if a walk had begun there. A walk that is new meets one
// soon, and is done.
//
// Words lie in a log that wraps around. It touches memory only as far as it has grown: 13 bytes a word, about one word
// a frame, and 64 bytes for each walk and checkpoint. A walk whose words have been overwritten is forgotten.
//
// The same inner frames may have been called from several places: each of those stacks is a walk of its own with the
// same start. The one that was found last is proven first.
#pragma once

#include <cstdint>

#include "engine/unwind/cpu.h"
#include "engine/unwind/frame_pc.h"
#include "engine/unwind/stack_hash.h"
#include "engine/unwind/stack_reads.h"
#include "engine/unwind/walk_start.h"

namespace heapreel::engine {

// Private to one walk at a time. All-zero memory is empty.
class RememberedWalks {
 public:
  static constexpr uint32_t kSets = 256;
  static constexpr uint32_t kWays = 4;
  static constexpr uint32_t kPlaces = kSets * kWays;
  static constexpr uint32_t kLogWords = 16 * 1024;
  static constexpr uint32_t kMostWords = 1024;  // of one walk; a longer one is not remembered

  // One cache line, with all that a repeat needs but the words themselves.
  struct alignas(64) Walk {
    uintptr_t pc;
    uintptr_t sp;
    uint64_t era;  // 0: none
    uint64_t at;   // of its first word, counted since the log began
    uintptr_t bp;
    uint64_t hash;  // of its frames (stack_hash.h)
    uint32_t base;  // words are told by their distance above sp - base
    uint32_t note;  // what its finder wants to know of it when it comes again; 0 at first
    uint16_t words;
    uint16_t depth : 11;
    uint16_t reached_bottom : 1;
    uint16_t approximate : 1;
    uint16_t needs_bp : 1;  // the frames depend on bp
  };
  static_assert(sizeof(Walk) == 64);

  // The remembered walk that a walk from `start` would repeat, or null. `era` stands for all else that frames depend
  // on: walks of other eras are not found.
  //
  // hot: 4 insn a word
  [[gnu::always_inline]] Walk* find(const WalkStart& start, uint64_t era) {
    const uint32_t place = place_of(start.pc, start.sp);
    Walk& latest = walks_[latest_[place]];
    if (is_repeated(latest, start, era)) [[likely]]
      return &latest;
    return find_older(start, era, place);
  }

  // Whether the outer frames from here on are worth a look, and worth remembering. hot: 5 insn
  [[gnu::always_inline]] static bool is_checkpoint(uintptr_t pc, uintptr_t sp) {
    constexpr int kOneInFour = 62;
    return mixed(pc, sp) >> kOneInFour == 0;
  }

  // Writes the frames of a walk that find() has returned, before anything else was noted.
  void write_pcs(const Walk& walk, uintptr_t* pcs) const {
    const uint32_t slot = slot_of(walk.at);
    pcs[0] = walk.pc;
    uint32_t depth = 1;
    for (uint32_t i = 0; depth < walk.depth; ++i) {
      const uintptr_t value = log_[slot + i].value;
      if (uses_[slot + i] == WordUse::kReturnAddress) pcs[depth++] = cpu::return_address(value);
      if (uses_[slot + i] == WordUse::kExactPc) pcs[depth++] = frame_pc::exact(value);
    }
  }

  // Notes the words of one walk, in the order in which it loads them, and keeps them if the walk can be remembered.
  class Notes {
   public:
    Notes(RememberedWalks& walks, const WalkStart& start)
        : walks_(walks), start_(start), slot_(slot_of(walks.written_)) {}
    Notes(const Notes&) = delete;
    Notes& operator=(const Notes&) = delete;

    [[gnu::always_inline]] void add(uintptr_t at, uintptr_t value, WordUse use) {
      if (count_ == kMostWords) [[unlikely]]
        return give_up();
      walks_.log_[slot_ + count_] = {value, static_cast<uint32_t>(at - start_.sp)};
      walks_.uses_[slot_ + count_] = use;
      ++count_;
    }
    // A step of another kind, whose words may lie anywhere.
    void add(const StackReads& reads) {
      if (!reads.is_complete()) give_up();
      if (reads.uses_bp()) use_bp();
      for (const StackReads::Read& read : reads) {
        if (!is_in_reach(read.at)) give_up();
        if (read.use == WordUse::kFramePointer) {
          load_bp(read.at, read.value);
        } else {
          add(read.at, read.value, read.use);
        }
      }
    }
    // A frame pointer was loaded. It is noted when a frame turns out to need it.
    [[gnu::always_inline]] void load_bp(uintptr_t at, uintptr_t value) {
      bp_at_ = at;
      bp_value_ = value;
      bp_is_first_ = false;
      bp_since_ = checkpoints_;
    }
    // The place of the next frame depends on bp.
    [[gnu::always_inline]] void use_bp() {
      if (bp_is_first_) {
        needs_first_bp_ = true;
      } else if (bp_at_ != 0) {
        add(bp_at_, bp_value_, WordUse::kRegister);
        bp_at_ = 0;
      }
      for (; bp_since_ < checkpoints_; ++bp_since_) checkpoint_[bp_since_].needs_bp = true;
    }
    // The walk has come to a frame that is_checkpoint(), the `depth`th after the first.
    void pass_checkpoint(const WalkStart& frame, uint32_t depth) {
      if (checkpoints_ == kMostCheckpoints) return;
      checkpoint_[checkpoints_++] = {frame, count_, depth, false};
    }
    // From here on the walk is the same as `outer`, which was found for the frame that it has reached.
    void join(const Walk& outer) {
      if (outer.needs_bp != 0) use_bp();
      if (count_ + outer.words > kMostWords) return give_up();
      const uint32_t from = slot_of(outer.at);
      const uintptr_t base = outer.sp - outer.base;
      for (uint32_t i = 0; i < outer.words; ++i) {
        const Word word = walks_.log_[from + i];
        const uintptr_t at = base + word.offset;
        if (!is_in_reach(at)) give_up();
        walks_.log_[slot_ + count_] = {word.value, static_cast<uint32_t>(at - start_.sp)};
        walks_.uses_[slot_ + count_] = walks_.uses_[from + i];
        ++count_;
      }
      outer_sum_ = stack_hash::sum_of(outer.hash, outer.depth);
      outer_depth_ = outer.depth;
    }
    // The walk depends on something that no stack word tells.
    void give_up() { remembers_ = false; }

    struct Result {
      uint32_t depth;
      bool reached_bottom;
      bool approximate;
      bool cut;  // by the limit: an outer part of it would be longer in another walk
    };
    // The walk is over; `sp` is where it came to by itself. Null when it is not remembered.
    const Walk* keep(uintptr_t sp, uint64_t era, const Result& result, const uintptr_t* pcs) {
      if (!is_in_reach(sp)) give_up();
      const uint64_t at = walks_.written_;
      walks_.written_ += count_;
      if (!remembers_) return nullptr;
      // Words are compared in groups: the last group also fills up what the last group of a suffix lacks.
      if (count_ != 0) {
        const Word last = walks_.log_[slot_ + count_ - 1];
        for (uint32_t i = 0; i + 1 < kGroup; ++i) walks_.log_[slot_ + count_ + i] = last;
        walks_.written_ += kGroup - 1;
      }
      uint64_t sum = outer_sum_;
      for (uint32_t i = result.depth - outer_depth_; i-- != 0;) {
        sum = sum * stack_hash::kBase + stack_hash::mix(pcs[i]);
        if (checkpoints_ == 0 || checkpoint_[checkpoints_ - 1].depth != i) continue;
        const Checkpoint& checkpoint = checkpoint_[--checkpoints_];
        if (!result.cut) put(checkpoint, era, at, sum, result);
      }
      return put({start_, 0, 0, needs_first_bp_}, era, at, sum, result);
    }

   private:
    static constexpr uint32_t kMostCheckpoints = 64;

    struct Checkpoint {
      WalkStart frame;
      uint32_t words;  // noted before it
      uint32_t depth;  // frames before it
      bool needs_bp;
    };

    bool is_in_reach(uintptr_t at) const { return at - start_.sp <= UINT32_MAX; }

    const Walk* put(const Checkpoint& from, uint64_t era, uint64_t at, uint64_t sum, const Result& result) {
      Walk& walk = walks_.place_for(from.frame, era);
      const uint32_t depth = result.depth - from.depth;
      walk.pc = from.frame.pc;
      walk.sp = from.frame.sp;
      walk.era = era;
      walk.at = at + from.words;
      walk.bp = from.frame.bp;
      walk.hash = stack_hash::finish(sum, depth);
      walk.base = static_cast<uint32_t>(from.frame.sp - start_.sp);
      walk.note = 0;
      walk.words = static_cast<uint16_t>(count_ - from.words);
      walk.depth = depth & 0x7ff;
      walk.reached_bottom = result.reached_bottom;
      walk.approximate = result.approximate;
      walk.needs_bp = from.needs_bp;
      return &walk;
    }

    RememberedWalks& walks_;
    const WalkStart start_;
    const uint32_t slot_;
    uint32_t count_ = 0;
    bool remembers_ = true;
    bool needs_first_bp_ = false;
    bool bp_is_first_ = true;
    uintptr_t bp_at_ = 0;  // 0: noted already
    uintptr_t bp_value_ = 0;
    uint32_t bp_since_ = 0;  // the first checkpoint behind which nobody has needed the bp of now
    uint64_t outer_sum_ = 0;
    uint32_t outer_depth_ = 0;
    uint32_t checkpoints_ = 0;
    Checkpoint checkpoint_[kMostCheckpoints];
  };

  // A walk was found again.
  void credit() { ++hits_; }
  // A walk was not found. Whether noting it is worth its price: where hardly any walk comes again, most are not noted,
  // and what is remembered stays.
  bool is_worthwhile() {
    constexpr uint32_t kTrial = 128;
    constexpr uint32_t kSuspension = 1024;
    if (suspended_ != 0) {
      --suspended_;
      return false;
    }
    if (++misses_ < kTrial) return true;
    suspended_ = hits_ < kTrial / 4 ? kSuspension : 0;
    misses_ = hits_ = 0;
    return true;
  }

 private:
  static constexpr uint32_t kGroup = 4;

  // A word of a walk. Packed, so that three of them take no more than two otherwise.
  struct [[gnu::packed]] Word {
    uintptr_t value;
    uint32_t offset;
  };

  static uint64_t mixed(uintptr_t pc, uintptr_t sp) { return (pc ^ sp >> 4) * 0x9e3779b97f4a7c15; }
  // Where a walk from there is looked up. A quarter of the places share a set: those whose number divided by kWays is the
  // same. is_checkpoint() uses other bits.
  static uint32_t place_of(uintptr_t pc, uintptr_t sp) { return static_cast<uint32_t>(mixed(pc, sp) >> 44) % kPlaces; }
  static uint32_t set_of(uint32_t place) { return place / kWays * kWays; }
  static uint32_t slot_of(uint64_t at) { return static_cast<uint32_t>(at % kLogWords); }

  // Neither overwritten, nor to be overwritten by the walk that is being noted while this is asked: the place of a word
  // that is not the walk's own may lie anywhere.
  bool is_whole(const Walk& walk) const { return written_ + kMostWords + kGroup - walk.at <= kLogWords; }

  [[gnu::always_inline]] bool is_repeated(const Walk& walk, const WalkStart& start, uint64_t era) const {
    return walk.pc == start.pc && walk.sp == start.sp && walk.era == era &&
           (walk.needs_bp == 0 || walk.bp == start.bp) && is_whole(walk) && is_unchanged(walk);
  }

  [[gnu::always_inline]] bool is_unchanged(const Walk& walk) const {
    const Word* word = &log_[slot_of(walk.at)];
    const Word* const end = word + walk.words;
    const uintptr_t base = walk.sp - walk.base;
    const auto changed = [&](uint32_t i) { return stack_word(base + word[i].offset) != word[i].value; };
    for (; word < end; word += kGroup) {
      // One by one: a word may be read only when those before it are unchanged.
      if (changed(0) || changed(1) || changed(2) || changed(3)) [[unlikely]]
        return false;
    }
    return true;
  }

  // Among those that were not the latest.
  [[gnu::noinline]] Walk* find_older(const WalkStart& start, uint64_t era, uint32_t place) {
    for (uint32_t index = set_of(place); index < set_of(place) + kWays; ++index) {
      if (index == latest_[place] || !is_repeated(walks_[index], start, era)) continue;
      latest_[place] = static_cast<uint16_t>(index);
      return &walks_[index];
    }
    return nullptr;
  }

  // A walk that can no longer be found makes room first, then any in turn.
  Walk& place_for(const WalkStart& start, uint64_t era) {
    const uint32_t place = place_of(start.pc, start.sp);
    uint32_t index = set_of(place);
    const uint32_t end = index + kWays;
    while (index != end && walks_[index].era == era && is_whole(walks_[index])) ++index;
    if (index == end) index = set_of(place) + victim_++ % kWays;
    latest_[place] = static_cast<uint16_t>(index);
    return walks_[index];
  }

  Walk walks_[kSets * kWays];
  uint64_t written_;  // words, since the log began
  uint32_t hits_;
  uint32_t misses_;
  uint32_t suspended_;
  uint32_t victim_;
  uint16_t latest_[kPlaces];  // the walk that was found or noted last from there, by its index
  // The words of a walk lie in one piece: those of a walk that begins near the end of the log run beyond it.
  Word log_[kLogWords + kMostWords + kGroup];
  WordUse uses_[kLogWords + kMostWords + kGroup];
};

}  // namespace heapreel::engine
