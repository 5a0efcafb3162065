// Remembered walks over a stack of the test's own making: every word that a walk loaded counts, and nothing else does.
#include "engine/unwind/remembered_walks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

namespace heapreel::engine {
namespace {

constexpr uint64_t kEra = 7;

// Frames of four words: two that nobody reads, the saved frame pointer, the return address.
class Stack {
 public:
  static constexpr uint32_t kFrame = 4;

  explicit Stack(uint32_t frames) : words_(kFrame * frames + kFrame) {
    for (uint32_t frame = 0; frame < frames; ++frame) {
      word(frame, 2) = 5000 + frame;
      word(frame, 3) = frame + 1 == frames ? 0 : 1001 + 10 * frame;
    }
  }
  uintptr_t& word(uint32_t frame, uint32_t number) { return words_[kFrame * frame + number]; }
  uintptr_t sp(uint32_t frame) { return reinterpret_cast<uintptr_t>(&word(frame, 0)); }
  uintptr_t pc(uint32_t frame) { return frame == 0 ? 991 : word(frame - 1, 3); }

 private:
  std::vector<uintptr_t> words_;
};

class RememberedWalksTest : public testing::Test {
 protected:
  struct Shape {
    bool saves_bp = false;          // every frame does
    uint32_t uses_bp = UINT32_MAX;  // this one does
    bool cut = false;
    std::vector<uint32_t> checkpoints = {};
  };

  // What StackWalker does: notes the words of the frames from `first` on.
  const RememberedWalks::Walk* remember(Stack& stack, uint32_t first, uint32_t frames, const Shape& shape,
                                        uintptr_t bp = 42, uint64_t era = kEra) {
    const WalkStart start{stack.pc(first), stack.sp(first), bp};
    walks_->find(start, era);  // a walker does; it does not find anything
    RememberedWalks::Notes notes(*walks_, start);
    uintptr_t pcs[1024];
    uintptr_t bp_now = bp;
    for (uint32_t i = 0; i < frames; ++i) {
      const uint32_t frame = first + i;
      pcs[i] = stack.pc(frame);
      for (const uint32_t checkpoint : shape.checkpoints) {
        if (checkpoint != i) continue;
        walks_->find({pcs[i], stack.sp(frame), bp_now}, era);
        notes.pass_checkpoint({pcs[i], stack.sp(frame), bp_now}, i);
      }
      if (shape.uses_bp == i) notes.use_bp();
      notes.add(address(stack, frame, 3), stack.word(frame, 3), WordUse::kReturnAddress);
      if (shape.saves_bp) notes.load_bp(address(stack, frame, 2), bp_now = stack.word(frame, 2));
    }
    return notes.keep(stack.sp(first + frames), era, {frames, !shape.cut, false, shape.cut}, pcs);
  }

  static uintptr_t address(Stack& stack, uint32_t frame, uint32_t number) {
    return reinterpret_cast<uintptr_t>(&stack.word(frame, number));
  }
  RememberedWalks::Walk* find(Stack& stack, uint32_t frame, uintptr_t bp = 42, uint64_t era = kEra) {
    return walks_->find({stack.pc(frame), stack.sp(frame), bp}, era);
  }

  std::unique_ptr<RememberedWalks> walks_ = std::make_unique<RememberedWalks>();
};

TEST_F(RememberedWalksTest, FindsWhatItRemembersWithItsFramesAndTheirHash) {
  Stack stack(30);
  remember(stack, 0, 30, {});
  const RememberedWalks::Walk* const found = find(stack, 0);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->depth, 30u);
  EXPECT_TRUE(found->reached_bottom);
  uintptr_t pcs[30];
  walks_->write_pcs(*found, pcs);
  for (uint32_t frame = 0; frame < 30; ++frame) EXPECT_EQ(pcs[frame], stack.pc(frame)) << frame;
  EXPECT_EQ(found->hash, stack_hash::of(pcs, 30));
}

// The words of a walk are not all return addresses: registers and interrupted frames lie between them, anywhere.
TEST_F(RememberedWalksTest, WritesFramesWhateverLiesBetweenTheirReturnAddresses) {
  constexpr uint32_t kFrames = 30;
  for (uint32_t special = 1; special < kFrames; ++special) {
    Stack stack(kFrames);
    const WalkStart start{stack.pc(0) + special, stack.sp(0), 42};
    walks_->find(start, kEra);
    RememberedWalks::Notes notes(*walks_, start);
    std::vector<uintptr_t> pcs = {start.pc};
    for (uint32_t frame = 0; frame + 1 < kFrames; ++frame) {
      const bool is_special = frame == special;
      if (is_special) notes.add(address(stack, frame, 2), stack.word(frame, 2), WordUse::kRegister);
      notes.add(address(stack, frame, 3), stack.word(frame, 3),
                is_special ? WordUse::kExactPc : WordUse::kReturnAddress);
      pcs.push_back(is_special ? frame_pc::exact(stack.word(frame, 3)) : stack.word(frame, 3));
    }
    ASSERT_NE(notes.keep(stack.sp(kFrames), kEra, {kFrames, true, false, false}, pcs.data()), nullptr);
    const RememberedWalks::Walk* const found = walks_->find(start, kEra);
    ASSERT_NE(found, nullptr);
    std::vector<uintptr_t> written(kFrames + 8, 7);
    walks_->write_pcs(*found, written.data());
    pcs.resize(kFrames + 8, 7);  // nothing is written beyond
    EXPECT_EQ(written, pcs) << special;
  }
}

TEST_F(RememberedWalksTest, NoticesAnyReturnAddressThatChanged) {
  for (const uint32_t frames : {1u, 2u, 3u, 4u, 5u, 17u, 30u}) {
    Stack stack(frames);
    remember(stack, 0, frames, {});
    for (uint32_t frame = 0; frame < frames; ++frame) {
      uintptr_t& word = stack.word(frame, 3);
      word ^= uintptr_t{1} << 40;
      EXPECT_EQ(find(stack, 0), nullptr) << frame << " of " << frames;
      word ^= uintptr_t{1} << 40;
    }
    EXPECT_NE(find(stack, 0), nullptr);
  }
}

TEST_F(RememberedWalksTest, ReadsNoWordBehindOneThatChanged) {
  // The words behind the first lie at addresses that only the first one's old value made readable.
  uintptr_t first = 1001;
  const uintptr_t sp = reinterpret_cast<uintptr_t>(&first) - 8;
  RememberedWalks::Notes notes(*walks_, {991, sp, 42});
  const uintptr_t unreadable = sp + (uintptr_t{1} << 31);
  uintptr_t pcs[] = {991, 1001, 1011};
  notes.add(sp + 8, 1001, WordUse::kReturnAddress);
  notes.add(unreadable, 1011, WordUse::kReturnAddress);
  notes.keep(sp + 64, kEra, {3, false, true, false}, pcs);
  first = 1002;
  EXPECT_EQ(walks_->find({991, sp, 42}, kEra), nullptr);
}

TEST_F(RememberedWalksTest, AFramePointerThatNobodyNeedsMayBeAnything) {
  Stack stack(12);
  remember(stack, 0, 12, {.saves_bp = true}, 42);
  for (uint32_t frame = 0; frame < 12; ++frame) stack.word(frame, 2) = 77;
  EXPECT_NE(find(stack, 0, 43), nullptr);
}

TEST_F(RememberedWalksTest, TheFirstFramePointerCountsWhereAFrameNeedsItBeforeItIsLoadedAgain) {
  Stack stack(12);
  remember(stack, 0, 12, {.uses_bp = 5}, 42);
  EXPECT_NE(find(stack, 0, 42), nullptr);
  EXPECT_EQ(find(stack, 0, 43), nullptr);
}

TEST_F(RememberedWalksTest, ASavedFramePointerCountsWhereAFrameNeedsIt) {
  Stack stack(12);
  remember(stack, 0, 12, {.saves_bp = true, .uses_bp = 5}, 42);
  EXPECT_NE(find(stack, 0, 43), nullptr);
  stack.word(3, 2) = 77;  // overwritten by the load of frame 4 before frame 5 needs it
  EXPECT_NE(find(stack, 0), nullptr);
  stack.word(4, 2) = 77;
  EXPECT_EQ(find(stack, 0), nullptr);
}

TEST_F(RememberedWalksTest, AnotherEraFindsNothing) {
  Stack stack(5);
  remember(stack, 0, 5, {}, 42, kEra);
  EXPECT_EQ(find(stack, 0, 42, kEra + 1), nullptr);
  EXPECT_NE(find(stack, 0, 42, kEra), nullptr);
}

TEST_F(RememberedWalksTest, AnotherPcOrSpFindsNothing) {
  Stack stack(5);
  remember(stack, 0, 5, {});
  EXPECT_EQ(walks_->find({stack.pc(0) + 1, stack.sp(0), 42}, kEra), nullptr);
  EXPECT_EQ(walks_->find({stack.pc(0), stack.sp(0) + 16, 42}, kEra), nullptr);
}

TEST_F(RememberedWalksTest, FindsTheOuterFramesByACheckpoint) {
  Stack stack(20);
  remember(stack, 0, 20, {.checkpoints = {3, 9}});
  for (const uint32_t checkpoint : {3u, 9u}) {
    const RememberedWalks::Walk* const outer = find(stack, checkpoint);
    ASSERT_NE(outer, nullptr);
    ASSERT_EQ(outer->depth, 20 - checkpoint);
    uintptr_t pcs[20];
    walks_->write_pcs(*outer, pcs);
    for (uint32_t i = 0; i < outer->depth; ++i) EXPECT_EQ(pcs[i], stack.pc(checkpoint + i));
    EXPECT_EQ(outer->hash, stack_hash::of(pcs, outer->depth));
    EXPECT_TRUE(outer->reached_bottom);
  }
  stack.word(2, 3) ^= 1;  // what called the first checkpoint is part of its pc alone
  EXPECT_EQ(find(stack, 3), nullptr);
  EXPECT_NE(find(stack, 9), nullptr);
  stack.word(19, 3) ^= 1;
  EXPECT_EQ(find(stack, 9), nullptr);
}

TEST_F(RememberedWalksTest, ACheckpointKnowsWhetherItsFramesNeedTheFramePointerItHad) {
  Stack stack(20);
  // Frame 9 has the bp that frame 8 saved; frame 10 has another, which frame 9 saved.
  remember(stack, 0, 20, {.saves_bp = true, .uses_bp = 9, .checkpoints = {7, 9, 10}});
  EXPECT_NE(find(stack, 7, 1), nullptr);
  EXPECT_EQ(find(stack, 9, 1), nullptr);
  EXPECT_NE(find(stack, 9, stack.word(8, 2)), nullptr);
  EXPECT_NE(find(stack, 10, 1), nullptr);
}

TEST_F(RememberedWalksTest, AWalkThatWasCutByItsLimitLeavesNoCheckpoints) {
  Stack stack(20);
  remember(stack, 0, 20, {.cut = true, .checkpoints = {3}});
  EXPECT_NE(find(stack, 0), nullptr);
  EXPECT_EQ(find(stack, 3), nullptr);
}

TEST_F(RememberedWalksTest, AWalkThatJoinsAnotherIsProvenByTheWordsOfBoth) {
  Stack stack(20);
  remember(stack, 3, 17, {.checkpoints = {2}});
  const WalkStart start{12345, stack.sp(4), 42};
  ASSERT_EQ(walks_->find(start, kEra), nullptr);
  RememberedWalks::Notes notes(*walks_, start);
  uintptr_t pcs[20] = {12345};
  notes.add(address(stack, 4, 3), stack.pc(5), WordUse::kReturnAddress);
  const RememberedWalks::Walk* const outer = find(stack, 5);
  ASSERT_NE(outer, nullptr);
  notes.join(*outer);
  ASSERT_NE(notes.keep(stack.sp(5), kEra, {16, true, false, false}, pcs), nullptr);

  const RememberedWalks::Walk* const found = walks_->find(start, kEra);
  ASSERT_NE(found, nullptr);
  ASSERT_EQ(found->depth, 16u);
  uintptr_t written[16];
  walks_->write_pcs(*found, written);
  EXPECT_EQ(written[0], 12345u);
  for (uint32_t i = 1; i < 16; ++i) EXPECT_EQ(written[i], stack.pc(4 + i));
  EXPECT_EQ(found->hash, stack_hash::of(written, 16));
  for (uint32_t frame = 4; frame < 20; ++frame) {
    stack.word(frame, 3) ^= 1024;
    EXPECT_EQ(walks_->find(start, kEra), nullptr) << frame;
    stack.word(frame, 3) ^= 1024;
  }
}

TEST_F(RememberedWalksTest, AWalkThatJoinsFramesThatNeedTheFramePointerNeedsItToo) {
  Stack stack(20);
  remember(stack, 3, 17, {.uses_bp = 6, .checkpoints = {2}}, 42);
  const WalkStart start{12345, stack.sp(4), 42};
  ASSERT_EQ(walks_->find(start, kEra), nullptr);
  RememberedWalks::Notes notes(*walks_, start);
  uintptr_t pcs[20] = {12345};
  notes.add(address(stack, 4, 3), stack.pc(5), WordUse::kReturnAddress);
  notes.join(*find(stack, 5));
  notes.keep(stack.sp(5), kEra, {16, true, false, false}, pcs);
  EXPECT_NE(walks_->find({12345, stack.sp(4), 42}, kEra), nullptr);
  EXPECT_EQ(walks_->find({12345, stack.sp(4), 43}, kEra), nullptr);
}

TEST_F(RememberedWalksTest, AWalkWhoseWordsWereOverwrittenIsForgotten) {
  Stack stack(40);
  remember(stack, 0, 40, {});
  Stack other(1000);
  // As long as another walk can still be noted.
  for (uint32_t written = 0; written + 2 * RememberedWalks::kMostWords < RememberedWalks::kLogWords; written += 1000) {
    remember(other, 0, 1000 - written / 1000, {});
    EXPECT_NE(find(stack, 0), nullptr) << written;
  }
  for (uint32_t i = 0; i < 2; ++i) remember(other, 0, 900 - i, {});
  EXPECT_EQ(find(stack, 0), nullptr);
}

// Its words would be compared with what lies where the other walk's words say.
TEST_F(RememberedWalksTest, AWalkThatIsBeingOverwrittenIsNotFoundMeanwhile) {
  Stack stack(40);
  Stack other(1000);
  remember(other, 0, 1000, {});
  remember(stack, 0, 40, {});
  for (uint32_t i = 1; i < 15; ++i) remember(other, 0, 1000 - i, {});
  EXPECT_NE(find(stack, 0), nullptr);
  for (uint32_t i = 0; i < 2; ++i) remember(other, 0, 800 - i, {});
  // The log has begun anew, some hundred words before those of `stack`.
  RememberedWalks::Notes notes(*walks_, {other.pc(0), other.sp(0), 42});
  for (uint32_t frame = 0; frame < 1000; ++frame) {
    notes.add(address(other, frame, 3), other.word(frame, 3), WordUse::kReturnAddress);
    ASSERT_EQ(find(stack, 0), nullptr) << frame;
  }
}

// A walk that begins near the end of the log runs beyond it; a checkpoint of it may begin there.
TEST_F(RememberedWalksTest, ACheckpointIsFoundWhereverTheLogEnds) {
  constexpr uint32_t kFrames = 50;
  Stack stack(kFrames);
  for (uint32_t written = 0; written < 3 * RememberedWalks::kLogWords; written += kFrames) {
    stack.word(0, 3) += 1;  // another walk each time
    stack.word(30, 3) += 1;
    ASSERT_NE(remember(stack, 0, kFrames, {.checkpoints = {10, 20, 40}}), nullptr);
    for (const uint32_t checkpoint : {10u, 20u}) {
      const RememberedWalks::Walk* const outer = find(stack, checkpoint);
      ASSERT_NE(outer, nullptr) << written;
      uintptr_t pcs[kFrames];
      walks_->write_pcs(*outer, pcs);
      ASSERT_EQ(outer->hash, stack_hash::of(pcs, kFrames - checkpoint)) << written;
      for (uint32_t i = 0; i < outer->depth; ++i) ASSERT_EQ(pcs[i], stack.pc(checkpoint + i)) << written;
    }
  }
}

TEST_F(RememberedWalksTest, AWalkOfTooManyWordsIsNotRemembered) {
  Stack stack(RememberedWalks::kMostWords + 10);
  const WalkStart start{stack.pc(0), stack.sp(0), 42};
  RememberedWalks::Notes notes(*walks_, start);
  for (uint32_t frame = 0; frame < RememberedWalks::kMostWords + 1; ++frame) {
    notes.add(address(stack, frame, 3), stack.word(frame, 3), WordUse::kReturnAddress);
  }
  uintptr_t pcs[1] = {stack.pc(0)};
  EXPECT_EQ(notes.keep(stack.sp(1), kEra, {1, true, false, false}, pcs), nullptr);
  EXPECT_EQ(find(stack, 0), nullptr);
}

TEST_F(RememberedWalksTest, WordsBelowTheStartAreNotRemembered) {
  Stack stack(8);
  const WalkStart start{991, stack.sp(4), 42};
  RememberedWalks::Notes notes(*walks_, start);
  StackReads reads;
  reads.read(address(stack, 1, 3), WordUse::kReturnAddress);
  notes.add(reads);
  uintptr_t pcs[2] = {991, 1001};
  EXPECT_EQ(notes.keep(stack.sp(5), kEra, {2, true, false, false}, pcs), nullptr);
}

TEST_F(RememberedWalksTest, AWalkThatJoinsWordsBelowItsStartIsNotRemembered) {
  Stack stack(20);
  remember(stack, 3, 17, {.checkpoints = {2}});
  const WalkStart start{12345, stack.sp(8), 42};
  RememberedWalks::Notes notes(*walks_, start);
  uintptr_t pcs[20] = {12345};
  const RememberedWalks::Walk* const outer = find(stack, 5);
  ASSERT_NE(outer, nullptr);
  notes.join(*outer);
  EXPECT_EQ(notes.keep(stack.sp(8), kEra, {16, true, false, false}, pcs), nullptr);
}

TEST_F(RememberedWalksTest, WhatDependsOnMoreThanWordsIsNotRemembered) {
  Stack stack(8);
  RememberedWalks::Notes notes(*walks_, {991, stack.sp(0), 42});
  StackReads reads;
  reads.leave_out();
  notes.add(reads);
  uintptr_t pcs[1] = {991};
  EXPECT_EQ(notes.keep(stack.sp(5), kEra, {1, true, false, false}, pcs), nullptr);
}

// The same inner frames, called from many places in turn, as an engine's own allocation function is.
TEST_F(RememberedWalksTest, FindsEachOfHundredsOfWalksThatBeginAlike) {
  Stack stack(20);
  uint64_t hashes[300];
  for (uintptr_t caller = 0; caller < 300; ++caller) {
    stack.word(2, 3) = 7000 + caller;
    hashes[caller] = remember(stack, 0, 20, {})->hash;
  }
  std::minstd_rand random(1);
  for (int i = 0; i < 3000; ++i) {
    const uintptr_t caller = random() % 300;
    stack.word(2, 3) = 7000 + caller;
    const RememberedWalks::Walk* const found = find(stack, 0);
    ASSERT_NE(found, nullptr) << caller;
    EXPECT_EQ(found->hash, hashes[caller]);
  }
}

TEST_F(RememberedWalksTest, FindsEachOfTheWalksThatPartInSeveralPlaces) {
  Stack stack(20);
  const auto set = [&stack](uint32_t number) {
    stack.word(1, 3) = 7000 + number % 6;
    stack.word(9, 3) = 8000 + number / 6 % 6;
    stack.word(19, 3) = 9000 + number / 36;
  };
  std::vector<uint32_t> order(216);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::minstd_rand(1));
  for (const uint32_t number : order) {
    set(number);
    remember(stack, 0, 20, {});
    find(stack, 0)->note = number + 1;
  }
  for (uint32_t number = 0; number < 216; ++number) {
    set(number);
    const RememberedWalks::Walk* const found = find(stack, 0);
    ASSERT_NE(found, nullptr) << number;
    EXPECT_EQ(found->note, number + 1);
  }
}

TEST_F(RememberedWalksTest, ANoteIsKeptWithItsWalkAndGoesWithIt) {
  Stack stack(20);
  remember(stack, 0, 20, {});
  EXPECT_EQ(find(stack, 0)->note, 0u);
  find(stack, 0)->note = 77;
  EXPECT_EQ(find(stack, 0)->note, 77u);
  // More walks that begin alike than are remembered.
  for (uintptr_t caller = 0; caller < 1500; ++caller) {
    stack.word(15, 3) = 7000 + caller;
    remember(stack, 0, 20, {});
    ASSERT_EQ(find(stack, 0)->note, 0u) << caller;
    find(stack, 0)->note = 77;
  }
}

TEST_F(RememberedWalksTest, KeepsHundredsOfWalksAtOnce) {
  std::vector<std::unique_ptr<Stack>> stacks;
  for (int i = 0; i < 300; ++i) {
    stacks.push_back(std::make_unique<Stack>(20));
    remember(*stacks.back(), 0, 20, {});
  }
  int found = 0;
  for (const auto& stack : stacks) found += find(*stack, 0) != nullptr ? 1 : 0;
  EXPECT_GE(found, 270);  // 1,024 places in sets of four
}

TEST_F(RememberedWalksTest, NotesFewWalksWhereNoneComesAgain) {
  int noted = 0;
  for (int i = 0; i < 10'000; ++i) noted += walks_->is_worthwhile() ? 1 : 0;
  EXPECT_LT(noted, 1500);
  EXPECT_GT(noted, 500);
}

TEST_F(RememberedWalksTest, NotesEveryNewWalkWhereMostComeAgain) {
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_TRUE(walks_->is_worthwhile());
    walks_->credit();
  }
}

}  // namespace
}  // namespace heapreel::engine
