// Walks that share outer frames with the walk before: proven ones must be what a fresh walk finds.
#include "engine/unwind/stack_walker.h"

#include <random>

#include "unwind_oracle.h"

namespace heapreel::engine {
namespace {

template <typename T>
void keep(T& value) {
  asm volatile("" : : "r"(&value) : "memory");
}

// A random tree of calls: every leaf is captured with the walker that remembers and with one that has nothing
// to remember, and by libunwind now and then.
class CallTree {
 public:
  explicit CallTree(uint32_t limit) : limit_(limit), random_(limit) {}

  [[gnu::noinline]] void left(int levels) {
    descend(levels);
    keep(levels);
  }
  [[gnu::noinline]] void right(int levels) {
    char frame[100];
    keep(frame);
    descend(levels);
    keep(frame);
  }
  [[gnu::noinline]] void middle(int levels) {
    void* const frame = __builtin_alloca(16 + random_() % 256);
    asm volatile("" : : "r"(frame) : "memory");
    descend(levels);
    keep(levels);
  }

  int captures() const { return captures_; }
  int different() const { return different_; }

 private:
  [[gnu::always_inline]] void descend(int levels) {
    check();
    if (levels == 0) return;
    for (int i = 0; i < 2; ++i) {
      switch (random_() % 3) {
        case 0:
          left(levels - 1);
          break;
        case 1:
          right(levels - 1);
          break;
        default:
          middle(levels - 1);
          break;
      }
    }
  }

  [[gnu::noinline]] void check() {
    static uintptr_t remembered[StackWalker::kMaxLimit];
    static uintptr_t fresh[StackWalker::kMaxLimit];
    const WalkStart start = HEAPREEL_WALK_START();
    const WalkResult ours = remembering_->walk(start, limit_, remembered);
    forget();
    const WalkResult plain = forgetful_->walk(start, limit_, fresh);
    ++captures_;
    const bool equal = ours.depth == plain.depth && ours.hash == plain.hash &&
                       ours.reached_bottom == plain.reached_bottom && ours.approximate == plain.approximate &&
                       std::equal(remembered, remembered + ours.depth, fresh);
    if (!equal) ++different_;
  }

  // A walker in fresh memory has nothing to remember.
  void forget() { std::memset(static_cast<void*>(forgetful_.operator->()), 0, sizeof(StackWalker)); }

  uint32_t limit_;
  std::mt19937 random_;
  WalkerMemory remembering_;
  WalkerMemory forgetful_;
  int captures_ = 0;
  int different_ = 0;
};

class RepeatedCallTrees : public testing::TestWithParam<uint32_t> {};

TEST_P(RepeatedCallTrees, equal_fresh_walks) {
  CallTree tree(GetParam());
  tree.left(9);
  EXPECT_GT(tree.captures(), 1000);
  EXPECT_EQ(tree.different(), 0);
}

INSTANTIATE_TEST_SUITE_P(StackWalker, RepeatedCallTrees, testing::Values(1u, 2u, 7u, 15u, 16u, 17u, 20u, 100u, 1024u));

[[gnu::noinline]] Capture at_depth(int levels, uint32_t limit) {
  Capture result = levels == 0 ? capture(limit) : at_depth(levels - 1, limit);
  keep(result);
  return result;
}

TEST(RepeatedWalks, survives_changes_of_the_limit) {
  for (const uint32_t limit : {5u, 1024u, 3u, 30u, 1024u}) {
    for (int levels : {40, 41, 39, 3, 60}) {
      const Capture some = at_depth(levels, limit);
      const size_t kept = std::min<size_t>(limit, some.expected.size());
      ASSERT_EQ(some.result.depth, kept);
      const std::vector<uintptr_t> addresses = some.addresses();
      EXPECT_TRUE(std::equal(addresses.begin(), addresses.end(), some.expected.begin()));
    }
  }
}

// A thread that inherits a walker may run on a stack of which less can be read.
TEST(RepeatedWalks, finds_no_walk_of_the_thread_that_had_the_walker_before) {
  WalkerMemory walker;
  uintptr_t pcs[StackWalker::kMaxLimit];
  const WalkStart start = HEAPREEL_WALK_START();
  walker->walk(start, 100, pcs);
  ASSERT_NE(walker->find_repeated(start, 100), nullptr);
  walker->forget_stack();
  EXPECT_EQ(walker->find_repeated(start, 100), nullptr);
}

TEST(RepeatedWalks, survives_stacks_deeper_than_it_remembers) {
  for (int levels : {600, 300, 601, 255, 900, 10}) {
    const Capture some = at_depth(levels, 1024);
    EXPECT_EQ(some.addresses(), some.expected);
  }
}

}  // namespace
}  // namespace heapreel::engine
