// A signal may interrupt every instruction of a linker's stub: a library is stepped through, and each walk from there is
// compared with the caller that it has.
#include "engine/unwind/linkage_stub.h"

#include <dlfcn.h>
#include <link.h>
#include <ucontext.h>

#include <algorithm>
#include <string>
#include <vector>

#include "../single_step.h"
#include "unwind_oracle.h"

namespace heapreel::engine {
namespace {

using testing::SingleStep;

constexpr uint32_t kLimit = 256;

// Where the thread stood, and what a walk from there found.
struct Stop {
  uintptr_t pc;
  uint32_t depth;
  bool is_exact;          // to the bottom, with nothing guessed
  uintptr_t pcs[kLimit];  // from the interrupted frame on
};

// The handler may not allocate.
constexpr uint32_t kMostStops = 400;
Stop g_stops[kMostStops];
uint32_t g_stop_count = 0;
const link_map* g_library = nullptr;
StackWalker* g_walker = nullptr;

[[gnu::noinline]] void walk_from_here(Stop& stop) {
  static uintptr_t pcs[kLimit];
  const WalkResult result = g_walker->walk(HEAPREEL_WALK_START(), kLimit, pcs);
  const uintptr_t* const interrupted = std::find_if(pcs, pcs + result.depth, frame_pc::is_exact);
  stop.depth = static_cast<uint32_t>(pcs + result.depth - interrupted);
  stop.is_exact = result.reached_bottom && !result.approximate;
  std::copy(interrupted, interrupted + stop.depth, stop.pcs);
}

void on_step([[maybe_unused]] int signal, siginfo_t*, [[maybe_unused]] void* context) {
#ifdef __x86_64__
  const auto pc = static_cast<uintptr_t>(static_cast<const ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP]);
  dl_find_object found;
  if (_dl_find_object(reinterpret_cast<void*>(pc), &found) != 0 || found.dlfo_link_map != g_library) return;
  if (g_stop_count == kMostStops) return;
  Stop& stop = g_stops[g_stop_count++];
  stop.pc = pc;
  walk_from_here(stop);
#endif
}

struct Linked {
  std::string how;
  std::string path;
};

std::vector<Linked> linked_libraries() {
  std::vector<Linked> libraries;
  std::string word;
  for (const char c : std::string(LINKED_STUB_CALLERS)) {
    if (c != ';') {
      word += c;
      continue;
    }
    const size_t divider = word.find('=');
    libraries.push_back({word.substr(0, divider), word.substr(divider + 1)});
    word.clear();
  }
  return libraries;
}

class LinkageStub : public ::testing::TestWithParam<Linked> {};

TEST_P(LinkageStub, leads_to_its_caller_from_every_instruction) {
  if (!SingleStep::kIsPossible) GTEST_SKIP() << "instructions cannot be stepped through here";
  void* const library = dlopen(GetParam().path.c_str(), RTLD_LAZY | RTLD_LOCAL);
  ASSERT_NE(library, nullptr) << dlerror();
  void* const caller = dlsym(library, "call_through_stubs");
  Dl_info info;
  void* symbol = nullptr;
  ASSERT_NE(dladdr1(caller, &info, &symbol, RTLD_DL_SYMENT), 0);
  const auto begin = reinterpret_cast<uintptr_t>(caller);
  const uintptr_t end = begin + static_cast<const ElfW(Sym)*>(symbol)->st_size;
  const auto call = reinterpret_cast<int (*)(int)>(caller);

  const WalkerMemory walker;
  g_walker = walker.operator->();
  g_stop_count = 0;
  ASSERT_EQ(dlinfo(library, RTLD_DI_LINKMAP, &g_library), 0);
  int result = 0;
  {
    const SingleStep steps(on_step);
    SingleStep::set(true);
    result = call(1);  // functions that are bound lazily are found by the loader now
    result += call(1);
    SingleStep::set(false);
  }
  EXPECT_EQ(result, 10);
  ASSERT_LT(g_stop_count, kMostStops);
  ASSERT_GT(g_stop_count, 0u);
  ASSERT_EQ(g_stops[0].pc, begin);

  constexpr uintptr_t kCallBytes = 5;
  const Stop* inside = nullptr;  // the last stop before a stub
  uint32_t in_stubs = 0;
  for (const Stop* stop = g_stops; stop != g_stops + g_stop_count; ++stop) {
    SCOPED_TRACE(::testing::Message() << std::hex << "at " << stop->pc - g_library->l_addr);
    EXPECT_TRUE(stop->is_exact);
    std::vector<uintptr_t> expected = {frame_pc::exact(stop->pc)};
    const bool is_in_stub = stop->pc < begin || stop->pc >= end;
    if (!is_in_stub) {
      inside = stop;
    } else {
      ++in_stubs;
      expected.push_back(inside->pc + kCallBytes);
    }
    // The outer frames are those of the call that this stop belongs to: there were calls from two places.
    const Stop* entry = stop;
    while (entry->pc != begin) --entry;
    expected.insert(expected.end(), entry->pcs + 1, entry->pcs + entry->depth);
    EXPECT_EQ(std::vector<uintptr_t>(stop->pcs, stop->pcs + stop->depth), expected);
  }
  // Two functions are called twice, and each call goes through at least one instruction of a stub. With lazy binding
  // the first call of a function goes through five or more.
  EXPECT_GE(in_stubs, 4u);
  RecordProperty("instructions_in_stubs", static_cast<int>(in_stubs));
  std::printf("%s: %u instructions in stubs\n", GetParam().how.c_str(), in_stubs);
  dlclose(library);
}

INSTANTIATE_TEST_SUITE_P(Linkers, LinkageStub, ::testing::ValuesIn(linked_libraries()),
                         [](const auto& parameter) { return parameter.param.how; });

}  // namespace
}  // namespace heapreel::engine
