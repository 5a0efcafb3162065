// Stacks that the tables know nothing of: moved by hand, without tables, given back. No walk reads what may not be read,
// none asks the kernel twice, and none takes data for code.
#include "engine/unwind/proven_stack.h"

#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "engine/unwind/call_site.h"
#include "engine/unwind/stack_walker.h"

namespace heapreel::engine {
namespace {

constexpr uintptr_t kPage = 4096;

// Pages that are what the test makes of them, and gone at its end.
class Pages {
 public:
  explicit Pages(size_t count, int protection = PROT_READ | PROT_WRITE)
      : bytes_(count * kPage),
        begin_(mmap(nullptr, bytes_, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {}
  ~Pages() { munmap(begin_, bytes_); }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  uintptr_t at(size_t page) const { return reinterpret_cast<uintptr_t>(begin_) + page * kPage; }
  void protect(size_t page, int protection) const { mprotect(reinterpret_cast<void*>(at(page)), kPage, protection); }

 private:
  size_t bytes_;
  void* begin_;
};

uintptr_t address_of(const void* object) {
  return reinterpret_cast<uintptr_t>(object);
}

TEST(ProvenStack, ReadsNoFurtherThanAPageThatCannotBeRead) {
  const Pages pages(4);
  pages.protect(2, PROT_NONE);
  ProvenStack stack = {};
  const uintptr_t sp = pages.at(0) + 64;
  stack.enter(sp);
  EXPECT_FALSE(stack.began_on_own());
  EXPECT_EQ(stack.end(), pages.at(1));
  EXPECT_TRUE(stack.reach(sp, pages.at(1) + 8));
  EXPECT_TRUE(stack.reach(sp, pages.at(2)));
  EXPECT_FALSE(stack.reach(sp, pages.at(2) + 8));
  EXPECT_FALSE(stack.reach(sp, pages.at(3) + 8));
  EXPECT_EQ(stack.end(), pages.at(2));
}

TEST(ProvenStack, AsksAboutEveryPageThatAFrameCrosses) {
  const Pages pages(5);
  pages.protect(2, PROT_NONE);
  ProvenStack stack = {};
  stack.enter(pages.at(0) + 64);
  EXPECT_FALSE(stack.reach(pages.at(0) + 64, pages.at(4)));
}

TEST(ProvenStack, KnowsWhatItAskedWhileTheThreadStays) {
  const Pages pages(3);
  ProvenStack stack = {};
  stack.enter(pages.at(0) + 64);
  ASSERT_TRUE(stack.reach(pages.at(0) + 64, pages.at(2)));
  const uint64_t visit = stack.visit();
  stack.enter(pages.at(0) + 32);
  EXPECT_EQ(stack.visit(), visit);
  EXPECT_EQ(stack.end(), pages.at(2));
}

TEST(ProvenStack, ForgetsAnotherStackWhenTheThreadLeavesIt) {
  const Pages pages(3);
  ProvenStack stack = {};
  stack.enter(pages.at(0) + 64);
  ASSERT_TRUE(stack.reach(pages.at(0) + 64, pages.at(2)));
  const uint64_t visit = stack.visit();
  int on_own = 0;
  stack.enter(address_of(&on_own));
  pages.protect(1, PROT_NONE);
  stack.enter(pages.at(0) + 64);
  EXPECT_NE(stack.visit(), visit);
  EXPECT_FALSE(stack.reach(pages.at(0) + 64, pages.at(1) + 8));
}

TEST(ProvenStack, ForgetsAnotherStackWhenTheThreadGoesToAThird) {
  const Pages pages(6);
  ProvenStack stack = {};
  stack.enter(pages.at(0) + 64);
  ASSERT_TRUE(stack.reach(pages.at(0) + 64, pages.at(2)));
  stack.enter(pages.at(5) + 64);
  pages.protect(1, PROT_NONE);
  stack.enter(pages.at(0) + 64);
  EXPECT_FALSE(stack.reach(pages.at(0) + 64, pages.at(1) + 8));
}

void expect_own_stack() {
  ProvenStack stack = {};
  int here = 0;
  EXPECT_TRUE(stack.find_on_own(address_of(&here)));
  stack.enter(address_of(&here));
  EXPECT_TRUE(stack.began_on_own());
  const Pages elsewhere(1);
  EXPECT_FALSE(stack.find_on_own(elsewhere.at(0) + 64));
  stack.enter(elsewhere.at(0) + 64);
  EXPECT_FALSE(stack.began_on_own());
  EXPECT_TRUE(stack.find_on_own(address_of(&here)));
}

TEST(ProvenStack, RecognisesTheMainThreadsStack) {
  expect_own_stack();
}

TEST(ProvenStack, RecognisesAThreadsStack) {
  std::thread(expect_own_stack).join();
}

// What lies below it may be the stack of a fiber, which can go away.
TEST(ProvenStack, DoesNotTakeTheMainThreadsControlBlockForTheEndOfItsStack) {
  ProvenStack stack = {};
  stack.enter(cpu::thread_pointer());
  EXPECT_FALSE(stack.began_on_own());
  int here = 0;
  stack.enter(address_of(&here));
  EXPECT_TRUE(stack.began_on_own());
}

TEST(ProvenStack, FollowsASignalOnlyToWhatCanBeRead) {
  const Pages pages(2);
  pages.protect(1, PROT_NONE);
  ProvenStack stack = {};
  int here = 0;
  stack.enter(address_of(&here));
  EXPECT_FALSE(stack.move_to(pages.at(1) + 64));
  EXPECT_TRUE(stack.move_to(pages.at(0) + 64));
  EXPECT_TRUE(stack.is_passing());
  EXPECT_TRUE(stack.move_to(address_of(&here)));
  EXPECT_FALSE(stack.is_passing());
}

#if defined(__x86_64__)

// Code of no module.
struct Code {
  Code() {
    const uint8_t call[] = {0xff, 0xd0};  // call rax
    for (const size_t place : {100u, 200u}) {
      std::memcpy(reinterpret_cast<uint8_t*>(pages.at(0)) + place, call, sizeof call);
    }
  }
  uintptr_t first() const { return pages.at(0) + 102; }
  uintptr_t second() const { return pages.at(0) + 202; }
  Pages pages{2, PROT_READ | PROT_WRITE | PROT_EXEC};
};

// A local of a test, and so a piece of the thread's own stack, which the test fills as it likes.
struct Words {
  alignas(16) uintptr_t word[64] = {};
  uintptr_t at(int i) const { return address_of(&word[i]); }
};

WalkResult walk_words(StackWalker& walker, Words& words, uintptr_t pc, uintptr_t* pcs) {
  return walker.walk({pc, words.at(0), words.at(4)}, 64, pcs);
}

struct FreeWalker {
  void operator()(StackWalker* walker) const { std::free(walker); }
};
std::unique_ptr<StackWalker, FreeWalker> new_walker() {
  return std::unique_ptr<StackWalker, FreeWalker>(static_cast<StackWalker*>(std::calloc(1, sizeof(StackWalker))));
}

uintptr_t g_call_into_test_returns = 0;

[[gnu::always_inline]] inline uintptr_t return_address() {
  return address_of(__builtin_return_address(0));
}

TEST(CodeWithoutTables, IsGuessedByItsFramePointersWhereCallsReturnTo) {
  const Code code;
  Words words;
  words.word[4] = words.at(8);
  words.word[5] = code.second();
  words.word[8] = words.at(12);
  words.word[9] = 0;
  uintptr_t pcs[64];
  const WalkResult result = walk_words(*new_walker(), words, code.first(), pcs);
  EXPECT_EQ(result.depth, 2u);
  EXPECT_TRUE(result.approximate);
  EXPECT_EQ(pcs[1], code.second());
}

TEST(CodeWithoutTables, IsNeverCalledFromData) {
  const Code code;
  static uintptr_t global = 5;
  const auto on_heap = std::make_unique<uintptr_t>(7);
  Words words;
  uintptr_t pcs[64];
  for (const uintptr_t data : {address_of(&global), address_of(on_heap.get()), words.at(20), code.first() + 1,
                               code.pages.at(1), uintptr_t{4096}, uintptr_t{1} << 46, ~uintptr_t{0} >> 1}) {
    words.word[4] = words.at(8);
    words.word[5] = data;
    for (int again = 0; again < 2; ++again) {
      const WalkResult result = walk_words(*new_walker(), words, code.first(), pcs);
      EXPECT_EQ(result.depth, 1u) << std::hex << data;
      EXPECT_TRUE(result.approximate);
      EXPECT_FALSE(result.reached_bottom);
    }
  }
}

TEST(CodeWithoutTables, IsNeverCalledFromDataThatLooksLikeACall) {
  const Code code;
  alignas(16) static const uint8_t constant[16] = {0xff, 0xd0, 0xff, 0xd0, 0xff, 0xd0, 0xff, 0xd0, 0xff, 0xd0};
  alignas(16) static uint8_t variable[16] = {0xff, 0xd0, 0xff, 0xd0, 0xff, 0xd0, 0xff, 0xd0, 0xff, 0xd0};
  Words words;
  std::memcpy(&words.word[20], variable, sizeof variable);
  const Pages stack(2);
  auto& elsewhere = *reinterpret_cast<Words*>(stack.at(1));
  std::memcpy(&elsewhere.word[20], variable, sizeof variable);
  uintptr_t pcs[64];
  for (const uintptr_t data : {address_of(constant) + 10, address_of(variable) + 10, words.at(20) + 10}) {
    EXPECT_TRUE(is_call_site(data)) << "without the walker's knowledge";
    words.word[4] = words.at(8);
    words.word[5] = data;
    EXPECT_EQ(walk_words(*new_walker(), words, code.first(), pcs).depth, 1u) << std::hex << data;
  }
  elsewhere.word[4] = elsewhere.at(8);
  elsewhere.word[5] = elsewhere.at(20) + 10;
  EXPECT_EQ(walk_words(*new_walker(), elsewhere, code.first(), pcs).depth, 1u);
}

TEST(CodeWithoutTables, IsCalledFromCodeOfAModule) {
  const Code code;
  // What libc calls has a frame with tables: the word behind the guess is a return address in libc.
  const auto callee = +[](const void*, const void*) { return g_call_into_test_returns = return_address(), 0; };
  char pair[2] = {};
  qsort(pair, 2, 1, callee);
  Words words;
  words.word[4] = words.at(8);
  words.word[5] = g_call_into_test_returns;
  uintptr_t pcs[64];
  EXPECT_GE(walk_words(*new_walker(), words, code.first(), pcs).depth, 2u);
}

TEST(CodeWithoutTables, IsRememberedAndProvenByItsWords) {
  const Code code;
  const auto walker = new_walker();
  Words words;
  words.word[4] = words.at(8);
  words.word[5] = code.second();
  uintptr_t pcs[64];
  ASSERT_EQ(walk_words(*walker, words, code.first(), pcs).depth, 2u);
  words.word[5] = code.first();
  ASSERT_EQ(walk_words(*walker, words, code.first(), pcs).depth, 2u);
  EXPECT_EQ(pcs[1], code.first());
  words.word[5] = 1;
  EXPECT_EQ(walk_words(*walker, words, code.first(), pcs).depth, 1u);
}

// Strict seccomp kills at the first system call but read, write and exit.
template <class F>
void expect_no_system_call(F&& f) {
  const pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < 4; ++i) f();
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) syscall(SYS_exit, 77);
    for (int i = 0; i < 10; ++i) f();
    syscall(SYS_exit, 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "no seccomp here";
  EXPECT_EQ(status, 0);
}

TEST(CodeWithoutTables, IsWalkedAgainWithoutASystemCall) {
  const Code code;
  const auto walker = new_walker();
  Words words;
  words.word[4] = words.at(8);
  words.word[5] = code.second();
  uintptr_t pcs[64];
  expect_no_system_call([&] { walk_words(*walker, words, code.first(), pcs); });
  // Nor when the frames are not remembered, because another word changes.
  uintptr_t number = 0;
  expect_no_system_call([&] {
    words.word[8] = words.at(12);
    words.word[9] = ++number;
    walk_words(*walker, words, code.first(), pcs);
  });
}

StackWalker* g_walker;
WalkResult g_result;
uintptr_t g_pcs[64];

[[gnu::noinline]] void walk_here() {
  g_result = g_walker->walk(HEAPREEL_WALK_START(), 64, g_pcs);
}

[[gnu::noinline]] void walk_from_job() {
  walk_here();
  asm volatile("" : : "r"(g_pcs) : "memory");
}

// The table of this function says that its caller lies above its 600 bytes; they are on another stack.
[[gnu::noinline]] void run_on(uintptr_t top, void (*job)()) {
  char path[600];
  std::memset(path, 1, sizeof path);
  asm volatile("" : : "r"(path) : "memory");
  asm volatile("mov %%rsp, %%r12\n mov %0, %%rsp\n call *%1\n mov %%r12, %%rsp"
               :
               : "r"(top), "r"(job)
               : "r12", "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc");
  asm volatile("" : : "r"(path) : "memory");
}

// The stacks lie in a pool: guard, stack, guard, stack, ... guard.
void expect_end_at_moved_stack() {
  constexpr size_t kStacks = 4;
  constexpr size_t kStride = 9;
  const Pages pool(kStacks * kStride + 1);
  for (size_t i = 0; i <= kStacks; ++i) pool.protect(i * kStride, PROT_NONE);
  const auto walker = new_walker();
  g_walker = walker.get();
  for (int round = 0; round < 3; ++round) {
    for (size_t i = 0; i < kStacks; ++i) {
      g_result = {};
      run_on(pool.at((i + 1) * kStride) - 16, walk_from_job);
      EXPECT_GE(g_result.depth, 2u);
      EXPECT_LE(g_result.depth, 3u);
      EXPECT_FALSE(g_result.reached_bottom);
      EXPECT_TRUE(g_result.approximate);
    }
  }
}

TEST(StackMovedByAssembly, EndsWhereTheTablesAreWrong) {
  expect_end_at_moved_stack();
}

TEST(StackMovedByAssembly, EndsWhereTheTablesAreWrongOnAThread) {
  std::thread(expect_end_at_moved_stack).join();
}

TEST(StackMovedByAssembly, IsAskedAboutAgainAfterItsNeighbourIsGone) {
  const auto walker = new_walker();
  g_walker = walker.get();
  const Pages pages(10);
  run_on(pages.at(9) - 16, walk_from_job);  // its neighbour can be read
  walk_from_job();                          // the thread is back on its own stack
  pages.protect(9, PROT_NONE);
  run_on(pages.at(9) - 16, walk_from_job);
  EXPECT_TRUE(g_result.approximate);
}

bool is_call(std::vector<uint8_t> bytes) {
  const Pages pages(1);
  auto* const code = reinterpret_cast<uint8_t*>(pages.at(0));
  std::memcpy(code + 64, bytes.data(), bytes.size());
  return is_call_site(pages.at(0) + 64 + bytes.size());
}

TEST(CallSite, IsBehindAnyFormOfCall) {
  EXPECT_TRUE(is_call({0xe8, 0x10, 0, 0, 0}));           // call +16
  EXPECT_TRUE(is_call({0xff, 0xd0}));                    // call rax
  EXPECT_TRUE(is_call({0x41, 0xff, 0xd2}));              // call r10
  EXPECT_TRUE(is_call({0xff, 0x10}));                    // call [rax]
  EXPECT_TRUE(is_call({0xff, 0x50, 0x18}));              // call [rax + 24]
  EXPECT_TRUE(is_call({0xff, 0x14, 0xc8}));              // call [rax + 8 * rcx]
  EXPECT_TRUE(is_call({0xff, 0x54, 0x24, 0x18}));        // call [rsp + 24]
  EXPECT_TRUE(is_call({0xff, 0x90, 0, 1, 0, 0}));        // call [rax + 256]
  EXPECT_TRUE(is_call({0xff, 0x15, 0, 1, 0, 0}));        // call [rip + 256]
  EXPECT_TRUE(is_call({0xff, 0x94, 0x24, 0, 1, 0, 0}));  // call [rsp + 256]
  EXPECT_TRUE(is_call({0xff, 0x14, 0x25, 0, 1, 0, 0}));  // call [256]
}

TEST(CallSite, IsBehindNothingElse) {
  EXPECT_FALSE(is_call({0, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_FALSE(is_call({0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90}));
  EXPECT_FALSE(is_call({0xff, 0xe0}));           // jmp rax
  EXPECT_FALSE(is_call({0xff, 0xd0, 0x90}));     // not right behind
  EXPECT_FALSE(is_call({0xe8, 0, 0, 0, 0x70}));  // a call to where nothing is
  EXPECT_FALSE(is_call({0xff, 0x54, 0x24}));     // cut short
  EXPECT_FALSE(is_call_site(0));
  EXPECT_FALSE(is_call_site(UINTPTR_MAX));
}

#endif

}  // namespace
}  // namespace heapreel::engine
