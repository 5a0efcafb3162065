// Stacks that were walked before, so that they can be proven to be the same instead of walked again.
//
// A walk depends only on where it begins (pc, sp, and bp where a frame needs it) and on the stack words that it loads.
// So a remembered walk keeps those words. When a walk begins where a remembered one did, the words are compared one by
// one, in the order in which a walk loads them. While they are equal, a walk would read the next one too; when all are,
// it would find the same frames. So nothing is read that a walk would not read.
//
// The frame pointer is a general register in most code: it changes all the time, and no walk needs it. Its value is
// part of a remembered walk only where a frame's place was computed from it before it was loaded again.
//
// Walks share their outer frames. So about every fourth frame of a remembered walk is a checkpoint; pc and sp alone
// decide which. A checkpoint can be found as if a walk had begun there, and gives all frames from there on. A new walk
// soon reaches one, and is done.
//
// Words lie in a log that wraps around. It touches memory only as far as it has grown: 13 bytes a word, about one word
// a frame, and 64 bytes for each walk and checkpoint. A walk whose words have been overwritten is forgotten.
//
// The same inner frames are called from many places, an engine's allocation function from hundreds. Each of those
// stacks is a walk of its own with the same start. The one that was found last is compared first. Then comes the one that
// was found the last time after the walk before, as programs come to their places in the same order again, then those
// beside it. Those that find no room there form a tree: where the stack has another word than the walk that was looked at,
// that word tells the next branch. So one among many is found after as many looks as there are places where such stacks
// part.
#pragma once

#include <cstdint>
#include <cstring>

#include "engine/unwind/cpu.h"
#include "engine/unwind/frame_pc.h"
#include "engine/unwind/stack_hash.h"
#include "engine/unwind/stack_reads.h"
#include "engine/unwind/walk_start.h"

namespace heapreel::engine {

// Private to one walk at a time. All-zero memory is empty.
class RememberedWalks {
 public:
  static constexpr uint32_t kLogWords = 16 * 1024;
  static constexpr uint32_t kMostWords = 1024;  // of one walk; a longer one is not remembered

  // One cache line, with all that a repeat needs but the words themselves.
  struct alignas(64) Walk {
    uintptr_t pc;
    uintptr_t sp;
    uint64_t era;  // 0: none
    uint64_t at;   // of its first word, counted since the log began
    uintptr_t bp;
    uint64_t hash;  // of the walk's frames (stack_hash.h)
    uint32_t base;  // words are told by their distance above sp - base
    uint32_t note;  // what its finder notes for the next time; 0 at first
    uint16_t words;
    uint16_t depth : 11;
    uint16_t reached_bottom : 1;
    uint16_t approximate : 1;
    uint16_t needs_bp : 1;  // the frames depend on bp
    uint16_t branch;        // where it is found, if it is in the tree
    uint16_t slot;  // of its first word in the log; beyond kLogWords where an inner frame's word was the log's last
  };
  static_assert(sizeof(Walk) == 64 && kLogWords + kMostWords <= UINT16_MAX);

  // The remembered walk that a walk from `start` would repeat, or null. `era` stands for everything else that the
  // frames depend on: walks of other eras are not found.
  //
  // hot: 4 insn a word
  [[gnu::always_inline]] Walk* find(const WalkStart& start, uint64_t era) {
    const uint32_t place = place_of(start.pc, start.sp);
    Walk& latest = walks_[latest_[place]];
    if (begins_so(latest, start, era) && is_unchanged(latest)) [[likely]]
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
    const Word* word = &log_[walk.slot];
    const WordUse* use = &uses_[walk.slot];
    pcs[0] = walk.pc;
    for (uint32_t depth = 1; depth < walk.depth;) {
      // Nearly all words are return addresses. A frame takes a word or more, so that these are words of the walk.
      if (walk.depth - depth >= kTogether && are_return_addresses(use)) [[likely]] {
        for (uint32_t i = 0; i < kTogether; ++i) pcs[depth + i] = cpu::return_address(word[i].value);
        depth += kTogether;
        word += kTogether;
        use += kTogether;
        continue;
      }
      const uintptr_t value = word->value;
      if (*use == WordUse::kReturnAddress) pcs[depth++] = cpu::return_address(value);
      if (*use == WordUse::kExactPc) pcs[depth++] = frame_pc::exact(value);
      ++word;
      ++use;
    }
  }

  // Notes the words of one walk in the order in which it loads them, and keeps them if the walk can be remembered. They
  // are kept where the last search ended, because find() has just looked for the walk.
  class Notes {
   public:
    Notes(RememberedWalks& walks, const WalkStart& start)
        : walks_(walks), start_(start), branch_(walks.missed_at_), slot_(slot_of(walks.written_)) {}
    Notes(const Notes&) = delete;
    Notes& operator=(const Notes&) = delete;

    [[gnu::always_inline]] void add(uintptr_t at, uintptr_t value, WordUse use) {
      if (count_ == kMostWords) [[unlikely]]
        return give_up();
      walks_.log_[slot_ + count_] = {value, static_cast<uint32_t>(at - start_.sp)};
      walks_.uses_[slot_ + count_] = use;
      ++count_;
    }
    // Adds a step of another kind, whose words may lie anywhere.
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
    // Adds a frame pointer that was loaded. It is noted only when a frame turns out to need it.
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
    // The walk has come to a checkpoint, the `depth`th frame after the first, and find() has found nothing there.
    void pass_checkpoint(const WalkStart& frame, uint32_t depth) {
      if (checkpoints_ == kMostCheckpoints) return;
      checkpoint_[checkpoints_++] = {frame, count_, depth, walks_.missed_at_, false};
    }
    // From here on the walk is the same as `outer`, which was found for the frame that the walk has reached.
    void join(const Walk& outer) {
      if (outer.needs_bp != 0) use_bp();
      if (count_ + outer.words > kMostWords) return give_up();
      const uint32_t from = outer.slot;
      const uint32_t to = slot_ + count_;
      const uintptr_t farther = outer.sp - outer.base - start_.sp;
      uintptr_t all_offsets = 0;
      for (uint32_t i = 0; i < outer.words; ++i) {
        const Word word = walks_.log_[from + i];
        const uintptr_t offset = word.offset + farther;
        all_offsets |= offset;
        walks_.log_[to + i] = {word.value, static_cast<uint32_t>(offset)};
      }
      if (all_offsets > UINT32_MAX) give_up();
      std::memcpy(&walks_.uses_[to], &walks_.uses_[from], outer.words * sizeof(WordUse));
      count_ += outer.words;
      outer_sum_ = stack_hash::sum_of(outer.hash, outer.depth);
      outer_depth_ = outer.depth;
    }
    // The walk depends on something that is no stack word: it cannot be remembered.
    void give_up() { remembers_ = false; }

    struct Result {
      uint32_t depth;
      bool reached_bottom;
      bool approximate;
      bool cut;  // the limit ended it: its outer part would be longer in another walk
    };
    // The walk is over; `sp` is how far it came by itself. Null when it is not remembered.
    const Walk* keep(uintptr_t sp, uint64_t era, const Result& result, const uintptr_t* pcs) {
      if (!is_in_reach(sp)) give_up();
      const uint64_t at = walks_.written_;
      walks_.written_ += count_;
      if (!remembers_) return nullptr;
      // Words are compared in groups. The last group also fills what is missing in the last group of a suffix.
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
      return put({start_, 0, 0, branch_, needs_first_bp_}, era, at, sum, result);
    }

   private:
    static constexpr uint32_t kMostCheckpoints = 64;

    struct Checkpoint {
      WalkStart frame;
      uint32_t words;  // noted before it
      uint32_t depth;  // frames before it
      uint32_t branch;
      bool needs_bp;
    };

    bool is_in_reach(uintptr_t at) const { return at - start_.sp <= UINT32_MAX; }

    const Walk* put(const Checkpoint& from, uint64_t era, uint64_t at, uint64_t sum, const Result& result) {
      Walk& walk = walks_.new_walk(from.frame, from.branch, era);
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
      walk.slot = static_cast<uint16_t>(slot_ + from.words);
      walk.depth = depth & 0x7ff;
      walk.reached_bottom = result.reached_bottom;
      walk.approximate = result.approximate;
      walk.needs_bp = from.needs_bp;
      return &walk;
    }

    RememberedWalks& walks_;
    const WalkStart start_;
    const uint32_t branch_;
    const uint32_t slot_;
    uint32_t count_ = 0;
    bool remembers_ = true;
    bool needs_first_bp_ = false;
    bool bp_is_first_ = true;
    uintptr_t bp_at_ = 0;  // 0: noted already
    uintptr_t bp_value_ = 0;
    uint32_t bp_since_ = 0;  // the first checkpoint after which no frame has needed the current bp
    uint64_t outer_sum_ = 0;
    uint32_t outer_depth_ = 0;
    uint32_t checkpoints_ = 0;
    Checkpoint checkpoint_[kMostCheckpoints];
  };

  // To be called when a walk was found.
  void credit() { ++hits_; }
  // To be called when a walk was not found. Whether noting it is worth the cost: where hardly any walk comes again,
  // most are not noted, and what is remembered stays.
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
  static constexpr uint32_t kSets = 256;
  static constexpr uint32_t kWays = 4;
  static constexpr uint32_t kPlaces = kSets * kWays;
  static constexpr uint32_t kTreeWalks = 1024;
  static constexpr uint32_t kBranches = 1024;
  static constexpr uint32_t kBranchWays = 4;  // walks of one branch, which have nothing in common but a hash
  static constexpr uint32_t kMostLooks = 12;  // looks in the tree for one walk
  static constexpr uint32_t kNoBranch = UINT32_MAX;
  static constexpr uint32_t kGroup = 4;
  static constexpr uint32_t kTogether = sizeof(uint64_t) / sizeof(WordUse);

  // A word of a walk. Packed, so that three words take the room that two would take otherwise.
  struct [[gnu::packed]] Word {
    uintptr_t value;
    uint32_t offset;
  };

  // Whether the next kTogether words are.
  static bool are_return_addresses(const WordUse* uses) {
    constexpr uint64_t kAll = UINT64_MAX / UINT8_MAX * static_cast<uint64_t>(WordUse::kReturnAddress);
    uint64_t together;
    std::memcpy(&together, uses, sizeof together);
    return together == kAll;
  }

  static uint64_t mixed(uintptr_t pc, uintptr_t sp) { return (pc ^ sp >> 4) * 0x9e3779b97f4a7c15; }
  // The place where a walk from there is looked up first. Places whose number divided by kWays is the same share a set.
  // is_checkpoint() uses other bits.
  static uint32_t place_of(uintptr_t pc, uintptr_t sp) { return static_cast<uint32_t>(mixed(pc, sp) >> 44) % kPlaces; }
  static uint32_t set_of(uint32_t place) { return place / kWays * kWays; }
  // The next branch after `looks` of them, of which the last was `branch`, when the stack has `value` where the walk
  // there has its `word`th word. The looks count, because otherwise a branch could lead to itself.
  static uint32_t branch_beyond(uint32_t branch, uint32_t looks, uint32_t word, uintptr_t value) {
    return static_cast<uint32_t>(mixed(value + branch, uintptr_t{looks << 16 | word} << 4) >> 40) % kBranches;
  }
  static uint32_t slot_of(uint64_t at) { return static_cast<uint32_t>(at % kLogWords); }

  // Whether the walk's words are neither overwritten, nor will be by the walk that is being noted at this moment. A
  // word that is not the walk's own may lie anywhere.
  bool is_whole(const Walk& walk) const { return written_ + kMostWords + kGroup - walk.at <= kLogWords; }

  [[gnu::always_inline]] bool begins_so(const Walk& walk, const WalkStart& start, uint64_t era) const {
    return walk.pc == start.pc && walk.sp == start.sp && walk.era == era &&
           (walk.needs_bp == 0 || walk.bp == start.bp) && is_whole(walk);
  }

  [[gnu::always_inline]] bool is_unchanged(const Walk& walk) const {
    const Word* word = &log_[walk.slot];
    const Word* const end = word + walk.words;
    const uintptr_t base = walk.sp - walk.base;
    const auto changed = [&](uint32_t i) { return stack_word(base + word[i].offset) != word[i].value; };
    for (; word < end; word += kGroup) {
      // One by one, because a word may be read only when those before it are unchanged.
      if (changed(0) || changed(1) || changed(2) || changed(3)) [[unlikely]]
        return false;
    }
    return true;
  }

  // How many of its words come before the first that has changed; all, if none has. One by one, as in is_unchanged().
  uint32_t unchanged_words(const Walk& walk) const {
    const Word* const first = &log_[walk.slot];
    const Word* const end = first + walk.words;
    const uintptr_t base = walk.sp - walk.base;
    const Word* word = first;
    while (word != end && stack_word(base + word->offset) == word->value) ++word;
    return static_cast<uint32_t>(word - first);
  }
  static uintptr_t place_of_word(const Walk& walk, const Word& word) { return walk.sp - walk.base + word.offset; }

  // Searches the walks that were not found last.
  [[gnu::noinline]] Walk* find_older(const WalkStart& start, uint64_t era, uint32_t place) {
    uint16_t& successor = successors_[(place ^ found_last_) % kPlaces];
    Walk& expected = walks_[successor];
    if (successor != latest_[place] && begins_so(expected, start, era) && is_unchanged(expected)) {
      tree_hits_ += successor >= kPlaces ? 1 : 0;
      return &note_found(successor, place, successor);
    }
    const Walk* like = nullptr;
    for (uint32_t index = set_of(place); index < set_of(place) + kWays; ++index) {
      if (!begins_so(walks_[index], start, era)) continue;
      if (index != latest_[place] && is_unchanged(walks_[index])) return &note_found(index, place, successor);
      if (like == nullptr) like = &walks_[index];
    }
    missed_at_ = kNoBranch;
    if (like == nullptr || !tree_is_worthwhile()) return nullptr;
    Walk* const walk = find_in_tree(start, era, place, like);
    if (walk == nullptr) return nullptr;
    ++tree_hits_;
    return &note_found(static_cast<uint32_t>(walk - walks_), place, successor);
  }

  // The walk will be looked at first from this place, and after the one that was found before it.
  Walk& note_found(uint32_t index, uint32_t place, uint16_t& successor) {
    latest_[place] = successor = static_cast<uint16_t>(index);
    found_last_ = index;
    return walks_[index];
  }

  // Where most searches find nothing, they cost more than they gain: then there is none for a while.
  bool tree_is_worthwhile() {
    constexpr uint32_t kTrial = 1024;
    constexpr uint32_t kSuspension = 8192;
    if (tree_suspended_ != 0) {
      --tree_suspended_;
      return false;
    }
    if (++tree_looks_ < kTrial) return true;
    tree_suspended_ = tree_hits_ < kTrial / 2 ? kSuspension : 0;
    tree_looks_ = tree_hits_ = 0;
    return true;
  }

  // Searches the tree of those that begin as `like` does.
  Walk* find_in_tree(const WalkStart& start, uint64_t era, uint32_t place, const Walk* like) {
    uint32_t branch = place;
    for (uint32_t looks = 0; looks < kMostLooks; ++looks) {
      const uint32_t same = unchanged_words(*like);
      if (same == like->words) return nullptr;  // another thread has just written to this stack
      // This word was just read, and those before it are equal to the walk's.
      const Word& other = log_[like->slot + same];
      branch = branch_beyond(branch, looks, same, stack_word(place_of_word(*like, other)));
      missed_at_ = branch;
      Walk* const walk = walk_at(branch, start, era);
      if (walk == nullptr) return nullptr;
      if (is_unchanged(*walk)) return walk;
      like = walk;
    }
    return nullptr;
  }

  Walk* walk_at(uint32_t branch, const WalkStart& start, uint64_t era) {
    for (const uint16_t index : branches_[branch]) {
      if (walks_[index].branch == branch && begins_so(walks_[index], start, era)) return &walks_[index];
    }
    return nullptr;
  }

  // A place for a walk that was not found; `branch` is where the search in the tree ended, if there was one. In its set
  // it takes the place of a walk that can no longer be found. Where there is none it goes into the tree; where the tree
  // was not searched, it takes any place of its set.
  Walk& new_walk(const WalkStart& start, uint32_t branch, uint64_t era) {
    const uint32_t place = place_of(start.pc, start.sp);
    uint32_t index = set_of(place);
    const uint32_t end = index + kWays;
    while (index != end && walks_[index].era == era && is_whole(walks_[index])) ++index;
    if (index == end) {
      index = branch == kNoBranch ? set_of(place) + victim_++ % kWays : new_tree_walk(branch, era);
    }
    latest_[place] = static_cast<uint16_t>(index);
    return walks_[index];
  }

  // The oldest walk of the tree makes room. At the branch, one that can no longer be found does, or else any.
  uint32_t new_tree_walk(uint32_t branch, uint64_t era) {
    const uint32_t index = kPlaces + tree_walks_++ % kTreeWalks;
    uint32_t way = 0;
    for (; way != kBranchWays; ++way) {
      const Walk& there = walks_[branches_[branch][way]];
      if (there.branch != branch || there.era != era || !is_whole(there)) break;
    }
    branches_[branch][way != kBranchWays ? way : index % kBranchWays] = static_cast<uint16_t>(index);
    walks_[index].branch = static_cast<uint16_t>(branch);
    return index;
  }

  Walk walks_[kPlaces + kTreeWalks];
  uint64_t written_;  // words, since the log began
  uint32_t hits_;
  uint32_t misses_;
  uint32_t suspended_;
  uint32_t victim_;
  uint32_t tree_looks_;
  uint32_t tree_hits_;
  uint32_t tree_suspended_;
  uint32_t tree_walks_;                        // that there have been
  uint32_t missed_at_;                         // the branch where the last search ended without success, if any
  uint32_t found_last_;                        // the walk that was found last by find_older(), by its index
  uint16_t successors_[kPlaces];               // the walk that was found after that one, by its index
  uint16_t latest_[kPlaces];                   // the walk that was found or noted last from there, by its index
  uint16_t branches_[kBranches][kBranchWays];  // the walks to be looked at there, by their index
  // The words of a walk lie in one piece. Those of a walk that begins near the end of the log run beyond that end, so
  // that the walk from one of its checkpoints may begin there.
  Word log_[kLogWords + kMostWords + kGroup];
  WordUse uses_[kLogWords + kMostWords + kGroup];
};

}  // namespace heapreel::engine
