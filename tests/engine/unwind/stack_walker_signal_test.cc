// Walks that begin in a signal handler: the interrupted frame may stand at any instruction.
#include <link.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/time.h>
#include <time.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "engine/memory/arena_address.h"
#include "unwind_oracle.h"

// libgcc's: the entry of the unwind tables that covers `pc`, or null.
extern "C" const void* _Unwind_Find_FDE(void* pc, void** bases);

namespace heapreel::engine {
namespace {

Capture g_captured;

void capture_in_handler(int) {
  g_captured = capture();
}

void install(int signal, void (*handler)(int), int flags) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  ASSERT_EQ(sigaction(signal, &action, nullptr), 0);
}

class AlternateStack {
 public:
  AlternateStack() : memory_(256 * 1024) {
    stack_t stack = {};
    stack.ss_sp = memory_.data();
    stack.ss_size = memory_.size();
    sigaltstack(&stack, &before_);
  }
  ~AlternateStack() { sigaltstack(&before_, nullptr); }

 private:
  std::vector<char> memory_;
  stack_t before_ = {};
};

TEST(StackWalkerInSignals, passes_the_frame_of_a_signal) {
  install(SIGUSR1, capture_in_handler, 0);
  raise(SIGUSR1);
  expect_exact(g_captured);
  const auto exact = std::count_if(g_captured.stored.begin(), g_captured.stored.end(), frame_pc::is_exact);
  EXPECT_EQ(exact, 1) << "only the interrupted frame is marked";
}

TEST(StackWalkerInSignals, returns_from_an_alternate_stack) {
  const AlternateStack alternate;
  install(SIGUSR1, capture_in_handler, SA_ONSTACK);
  raise(SIGUSR1);
  expect_exact(g_captured);
}

void raise_another(int) {
  raise(SIGUSR1);
}

TEST(StackWalkerInSignals, passes_nested_signals) {
  const AlternateStack alternate;
  install(SIGUSR1, capture_in_handler, 0);
  install(SIGUSR2, raise_another, SA_ONSTACK);
  raise(SIGUSR2);
  expect_exact(g_captured);
#if HEAPREEL_HAS_FEATURE(thread_sanitizer) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer calls handlers from its own raise(): there is no frame of the kernel's";
#endif
  EXPECT_EQ(std::count_if(g_captured.stored.begin(), g_captured.stored.end(), frame_pc::is_exact), 2);
}

struct AddressRange {
  uintptr_t begin = 0;
  uintptr_t end = 0;
  bool contains(uintptr_t address) const { return address >= begin && address < end; }
};

AddressRange find_vdso() {
  const uintptr_t begin = getauxval(AT_SYSINFO_EHDR);
  if (begin == 0) return {};
  const auto* image = reinterpret_cast<const ElfW(Ehdr)*>(begin);
  const auto* segments = reinterpret_cast<const ElfW(Phdr)*>(begin + image->e_phoff);
  AddressRange range = {begin, begin};
  for (int i = 0; i < image->e_phnum; ++i) {
    if (segments[i].p_type == PT_LOAD) range.end = begin + segments[i].p_offset + segments[i].p_memsz;
  }
  return range;
}

// Interrupted at arbitrary instructions: prologues, epilogues, PLT stubs, leaf functions. The handler checks
// in place and keeps only numbers, since it may not allocate.
constexpr uint32_t kLimit = 512;
std::atomic<int> g_samples{0};
std::atomic<int> g_in_vdso{0};
std::atomic<int> g_compared{0};
std::atomic<int> g_different{0};
std::atomic<int> g_unfinished{0};
StackWalker* g_walker = nullptr;
AddressRange g_vdso;
uintptr_t g_example[2][64];

bool has_tables(uintptr_t pc) {
  void* bases[3];
  return _Unwind_Find_FDE(reinterpret_cast<void*>(pc), bases) != nullptr;
}

[[gnu::noinline]] void check_in_handler() {
  static uintptr_t ours[kLimit];
  static uintptr_t theirs[kLimit];
  const WalkStart start = HEAPREEL_WALK_START();
  const WalkResult result = g_walker->walk(start, kLimit, ours);
  unw_context_t context;
  unw_cursor_t cursor;
  unw_getcontext(&context);
  unw_init_local(&cursor, &context);
  uint32_t count = 0;
  bool begun = false;
  int step = 0;
  while (count < kLimit && (step = unw_step(&cursor)) > 0) {
    unw_word_t pc = 0;
    unw_get_reg(&cursor, UNW_REG_IP, &pc);
    begun |= pc == start.pc;
    if (pc == 0) break;
    if (begun) theirs[count++] = pc;
  }
  g_samples.fetch_add(1);
  if (!result.reached_bottom || result.approximate) g_unfinished.fetch_add(1);
  if (step < 0) return;  // the judge gave up
  // Where the interrupted frame has no tables, as in stubs that mold and lld wrote, the judge guesses: linkage_stub_test
  // tells what is right there.
  const uintptr_t* const interrupted = std::find_if(ours, ours + result.depth, frame_pc::is_exact);
  if (interrupted != ours + result.depth && !has_tables(frame_pc::address(*interrupted))) return;
  g_compared.fetch_add(1);
  if (std::any_of(theirs, theirs + count, [](uintptr_t pc) { return g_vdso.contains(pc); })) g_in_vdso.fetch_add(1);
  bool equal = count == result.depth;
  for (uint32_t i = 0; equal && i < count; ++i) equal = frame_pc::address(ours[i]) == theirs[i];
  if (!equal && g_different.fetch_add(1) == 0) {
    std::copy_n(ours, 64, g_example[0]);
    std::copy_n(theirs, 64, g_example[1]);
  }
}

void check_asynchronously(int) {
  check_in_handler();
  asm volatile("");
}

[[gnu::noinline]] double work(int levels, double value) {
  std::string text = std::to_string(value);
  const double next = std::sin(value) + std::strtod(text.c_str(), nullptr) + std::pow(value, 0.3);
  return levels == 0 ? next : work(levels - 1, std::fmod(next, 10)) + 1;
}

// Interrupts `work` by a timer until `enough()`, for 20 seconds at most; every walk must be right.
template <class Work, class Enough>
void expect_exact_walks_from_handlers(Work&& work, Enough&& enough) {
  const WalkerMemory walker;
  g_walker = walker.operator->();
  unw_set_caching_policy(unw_local_addr_space, UNW_CACHE_NONE);
  for (std::atomic<int>* count : {&g_samples, &g_in_vdso, &g_compared, &g_different, &g_unfinished}) count->store(0);
  const AlternateStack alternate;
  install(SIGPROF, check_asynchronously, SA_ONSTACK | SA_RESTART);
  // One at a time: where the handler takes longer than the interval nothing else would run.
  const itimerval once = {{0, 0}, {0, 1000}};
  const time_t deadline = time(nullptr) + 20;
  while (!enough() && time(nullptr) < deadline) {
    const int before = g_samples.load();
    setitimer(ITIMER_PROF, &once, nullptr);
    while (g_samples.load() == before && time(nullptr) < deadline) work();
  }
  const itimerval never = {};
  setitimer(ITIMER_PROF, &never, nullptr);
  ASSERT_GT(g_compared.load(), 0);
  std::string example;
  for (int i = 0; i < 12; ++i) {
    char line[64];
    snprintf(line, sizeof line, "%lx %lx\n", g_example[0][i], g_example[1][i]);
    example += line;
  }
  EXPECT_EQ(g_different.load(), 0) << example;
  EXPECT_EQ(g_unfinished.load(), 0);
  std::printf("%d samples, %d compared\n", g_samples.load(), g_compared.load());
}

TEST(StackWalkerInSignals, is_exact_wherever_a_timer_interrupts) {
  double sum = 0;
  expect_exact_walks_from_handlers([&sum] { sum += work(20, sum); }, [] { return g_samples.load() >= 300; });
}

// The kernel's own code in every process: no file, but unwind tables as good as any.
TEST(StackWalkerInSignals, is_exact_where_a_timer_interrupts_the_vdso) {
  g_vdso = find_vdso();
  if (g_vdso.begin == 0) GTEST_SKIP() << "this kernel maps none";
#if HEAPREEL_HAS_FEATURE(thread_sanitizer) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer calls handlers when it likes, never in the vdso";
#endif
  timespec now = {};
  const auto read_clock = [&now] {
    for (int i = 0; i < 100; ++i) clock_gettime(CLOCK_MONOTONIC, &now);
  };
  expect_exact_walks_from_handlers(read_clock, [] { return g_in_vdso.load() >= 50; });
  EXPECT_GE(g_in_vdso.load(), 50);
}

}  // namespace
}  // namespace heapreel::engine
