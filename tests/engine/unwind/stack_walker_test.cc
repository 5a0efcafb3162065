#include "engine/unwind/stack_walker.h"

#include <alloca.h>
#include <pthread.h>
#include <ucontext.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "engine/unwind/stack_hash.h"
#include "unwind_oracle.h"

namespace heapreel::engine {
namespace {

// Keeps a call from becoming a tail call, and its frame alive.
template <typename T>
void keep(T& value) {
  asm volatile("" : : "r"(&value) : "memory");
}

[[gnu::noinline]] Capture recurse(int levels, uint32_t limit = StackWalker::kMaxLimit) {
  Capture result = levels == 0 ? capture(limit) : recurse(levels - 1, limit);
  keep(result);
  return result;
}

TEST(StackWalker, walks_a_plain_recursion_to_its_bottom) {
  expect_exact(recurse(100));
}

TEST(StackWalker, repeats_a_walk_from_its_cache) {
  const Capture first = recurse(10);
  Capture again = recurse(10);
  again = recurse(10);
  expect_exact(again);
  EXPECT_EQ(first.stored.size(), again.stored.size());
}

TEST(StackWalker, keeps_the_most_recent_frames_of_a_deeper_stack) {
  const Capture limited = recurse(50, 20);
  ASSERT_EQ(limited.result.depth, 20u);
  EXPECT_FALSE(limited.result.reached_bottom);
  EXPECT_FALSE(limited.result.approximate);
  ASSERT_GT(limited.expected.size(), 20u);
  EXPECT_TRUE(std::equal(limited.stored.begin(), limited.stored.end(), limited.expected.begin()));
}

TEST(StackWalker, reaches_the_bottom_of_a_stack_as_deep_as_the_limit) {
  const auto depth = static_cast<uint32_t>(recurse(5).expected.size());
  const Capture exact = recurse(5, depth);
  EXPECT_EQ(exact.result.depth, depth);
}

TEST(StackWalker, returns_a_single_frame_when_asked_for_one) {
  const Capture one = recurse(3, 1);
  EXPECT_EQ(one.result.depth, 1u);
  EXPECT_FALSE(one.result.reached_bottom);
}

TEST(StackWalker, stops_at_its_largest_limit) {
  const Capture deep = recurse(2000);
  EXPECT_EQ(deep.result.depth, StackWalker::kMaxLimit);
  EXPECT_FALSE(deep.result.reached_bottom);
}

TEST(StackWalker, hashes_the_frames_it_returns) {
  const Capture some = recurse(7);
  EXPECT_EQ(some.result.hash, stack_hash::of(some.stored.data(), some.result.depth));
  EXPECT_NE(some.result.hash, recurse(8).result.hash);
}

[[gnu::noinline]] Capture with_alloca(size_t bytes) {
  void* block = alloca(bytes);
  keep(block);
  Capture result = capture();
  keep(block);
  return result;
}

TEST(StackWalker, passes_a_frame_of_variable_size) {
  for (const size_t bytes : {16u, 100u, 5000u}) expect_exact(with_alloca(bytes));
}

[[gnu::noinline]] Capture with_alignment(int argument, ...) {
  alignas(64) char block[128];
  void* variable = alloca(static_cast<size_t>(argument));
  keep(block);
  keep(variable);
  Capture result = capture();
  keep(block);
  return result;
}

TEST(StackWalker, passes_a_frame_with_a_realigned_stack) {
  expect_exact(with_alignment(40, 1, 2, 3, 4, 5, 6, 7, 8.0));
}

[[gnu::noinline]] Capture with_large_frame() {
  char block[300000];
  keep(block);
  Capture result = capture();
  keep(block);
  return result;
}

TEST(StackWalker, passes_a_very_large_frame) {
  expect_exact(with_large_frame());
}

Capture g_captured;

[[noreturn, gnu::noinline]] void capture_and_throw() {
  g_captured = capture();
  throw std::runtime_error("thrown");
}

TEST(StackWalker, passes_a_call_that_never_returns) {
  EXPECT_THROW(capture_and_throw(), std::runtime_error);
  expect_exact(g_captured);
}

struct CapturesWhenDestroyed {
  ~CapturesWhenDestroyed() { g_captured = capture(); }
};

TEST(StackWalker, walks_from_a_destructor_that_an_exception_runs) {
  try {
    const CapturesWhenDestroyed captures;
    throw std::runtime_error("thrown");
  } catch (const std::runtime_error&) {
  }
  expect_exact(g_captured);
}

int compare_and_capture(const void* left, const void* right) {
  g_captured = capture();
  return *static_cast<const int*>(left) - *static_cast<const int*>(right);
}

TEST(StackWalker, walks_through_a_callback_of_libc) {
  int values[] = {3, 1, 2};
  std::qsort(values, 3, sizeof(int), compare_and_capture);
  expect_exact(g_captured);
}

TEST(StackWalker, walks_through_std_sort) {
  int values[] = {5, 4, 3, 2, 1};
  std::sort(std::begin(values), std::end(values), [](int left, int right) {
    g_captured = capture();
    return left < right;
  });
  expect_exact(g_captured);
}

TEST(StackWalker, ends_at_the_start_of_a_thread) {
  Capture result;
  std::thread([&result] { result = recurse(12); }).join();
  expect_exact(result);
}

TEST(StackWalker, ends_at_the_start_of_a_thread_on_memory_of_the_program) {
  constexpr size_t kSize = 256 * 1024;
  std::vector<char> memory(kSize + 4096);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  const auto aligned = (reinterpret_cast<uintptr_t>(memory.data()) + 4095) & ~uintptr_t{4095};
  ASSERT_EQ(pthread_attr_setstack(&attributes, reinterpret_cast<void*>(aligned), kSize), 0);
  Capture result;
  pthread_t thread;
  const auto run = [](void* into) -> void* {
    *static_cast<Capture*>(into) = recurse(6);
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, run, &result), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  expect_exact(result);
}

ucontext_t g_main_context;
ucontext_t g_fiber_context;

void run_fiber() {
  g_captured = recurse(9);
  swapcontext(&g_fiber_context, &g_main_context);
  g_captured = recurse(4);
}

TEST(StackWalker, ends_at_the_start_of_a_fiber_on_the_heap) {
  std::vector<char> stack(256 * 1024);
  getcontext(&g_fiber_context);
  g_fiber_context.uc_stack.ss_sp = stack.data();
  g_fiber_context.uc_stack.ss_size = stack.size();
  g_fiber_context.uc_link = &g_main_context;
  makecontext(&g_fiber_context, run_fiber, 0);
  swapcontext(&g_main_context, &g_fiber_context);
  expect_exact(g_captured);
  expect_exact(recurse(2));
  swapcontext(&g_main_context, &g_fiber_context);
  expect_exact(g_captured);
}

// Runs before main, among the constructors of this program.
struct CapturesBeforeMain {
  Capture result = recurse(3);
} const g_before_main;

TEST(StackWalker, walks_before_main) {
  expect_exact(g_before_main.result);
}

struct CapturesAtThreadExit {
  Capture* into = nullptr;
  ~CapturesAtThreadExit() {
    if (into != nullptr) *into = recurse(2);
  }
};
thread_local CapturesAtThreadExit t_at_exit;

TEST(StackWalker, walks_while_a_thread_ends) {
  Capture result;
  static WalkerMemory walker;
  std::thread([&result] {
    t_walker = &walker;
    t_at_exit.into = &result;
  }).join();
  expect_exact(result);
}

TEST(StackWalker, fits_what_the_engine_reserves) {
  EXPECT_LE(sizeof(StackWalker), StackWalker::kMostBytes);
}

}  // namespace
}  // namespace heapreel::engine
