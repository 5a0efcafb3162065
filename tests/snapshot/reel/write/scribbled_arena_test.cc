// A program that writes where it must not: into the memory that it shares with its recording. Whatever stands there, the
// recording neither crashes nor loops, writes nowhere else, and is not complete where its own checks fail.
//
// Each attempt is a process of its own, with a copy of the memory of a program that has ended.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>
#include <new>
#include <random>

#include "engine/tracer/attachment.h"
#include "snapshot/budget/budget_watch.h"
#include "snapshot/reel/read/reel.h"
#include "snapshot/reel/write/reel_recorder.h"
#include "tests/engine/stored_pcs.h"
#include "tests/engine/test_budget.h"
#include "tests/snapshot/reel/write/aimed_writes.h"
#include "tests/snapshot/reel/write/program_image.h"

namespace heapreel::testing {
namespace {

using engine::FrozenTraces;

// --- the recording ---------------------------------------------------------------------------------------------------

enum class Moment { kBeforeAttaching, kBeforeRounds, kInGameFrame, kBeforeTheEnd };

struct Attempt {
  Moment moment = Moment::kBeforeRounds;
  int game_frame = 0;
  // With the shared memory mapped; `state` is null before attaching.
  std::function<void(std::byte* base, TracerState* state)> scribble;
};

// What a recording says of itself.
struct Outcome {
  bool reported;
  bool refused;  // there was no tracer to attach to
  bool complete;
  bool canary_lives;
  engine::EndReason ended;
  uint32_t game_frames;
  uint64_t digest;  // of every state that was handed on, and the last
};

uint64_t mixed(uint64_t a, uint64_t b) {
  a = (a ^ b) * 0x9e3779b97f4a7c15;
  return a ^ a >> 29;
}

uint64_t digest_of(const FrozenTraces& state) {
  uint64_t sum = mixed(state.totals.allocs, state.totals.live_bytes);
  state.for_each_block([&](engine::BlockId, const engine::Record& record) {
    const engine::SiteKey& key = state.sites->at(record.site);
    uint64_t block = mixed(mixed(record.address, record.size), mixed(key.domain, key.scope));
    for (const uintptr_t pc : engine::testing::stored_pcs(*state.tracebacks, key.traceback)) block = mixed(block, pc);
    sum += block;
  });
  return sum;
}

class Listener final : public engine::CutListener {
 public:
  Listener(ReelRecorder& reel, const Attempt& attempt, TracerState& state)
      : reel_(reel), attempt_(attempt), state_(state) {}

  bool on_game_frame(const FrozenTraces& state) override {
    digest = mixed(digest, digest_of(state));
    const bool keeps = reel_.on_game_frame(state);
    if (attempt_.moment == Moment::kInGameFrame && game_frames++ == attempt_.game_frame) {
      attempt_.scribble(reinterpret_cast<std::byte*>(Arena::header()), &state_);
    }
    return keeps;
  }
  bool on_mark(const char* name, const FrozenTraces& state) override { return reel_.on_mark(name, state); }
  bool wants_mark_state() override { return reel_.wants_mark_state(); }
  void on_generation_end(const FrozenTraces& last) override { reel_.on_generation_end(last); }

  uint64_t digest = 0;
  int game_frames = 0;

 private:
  ReelRecorder& reel_;
  const Attempt& attempt_;
  TracerState& state_;
};

std::filesystem::path g_folder;

void record(const Attempt& attempt, Outcome& outcome) {
  const int fd = image().copy();
  if (attempt.moment == Moment::kBeforeAttaching) {
    void* base = mmap(nullptr, kBytes / 2, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    attempt.scribble(static_cast<std::byte*>(base), nullptr);
    munmap(base, kBytes / 2);
  }
  const engine::Attached attached = engine::attach(fd);
  if (attached.state == nullptr || !engine::begin_consolidating(*attached.state)) {
    outcome.refused = true;
    return;
  }
  TracerState& state = *attached.state;
  engine::Consolidator& consolidator = *state.consolidator;
  const std::string path = g_folder / "scribbled.reel";
  ReelWriterOptions options;
  options.overwrite = true;
  ReelWriter writer(state, options);
  if (!writer.open(path, ReelHeader{}).empty()) std::abort();
  BudgetPlan plan;
  for (const char* name : {"Physics", "thread:x"}) {
    plan.budgets.emplace_back().name = name;
    plan.budgets.back().limits = {{LimitKind::kLiveBytes, 1}};
  }
  BudgetWatch budgets(state, std::move(plan));
  ReelRecorder reel(state, writer, ReelRecorder::kMostQueuedStates, &budgets);
  Listener listener(reel, attempt, state);
  const auto scribble_at = [&](Moment moment) {
    if (attempt.moment == moment) attempt.scribble(reinterpret_cast<std::byte*>(Arena::header()), &state);
  };
  scribble_at(Moment::kBeforeRounds);
  consolidator.run_round(&listener);
  scribble_at(Moment::kBeforeTheEnd);
  consolidator.run_final_round(&listener);
  const FrozenTraces last = consolidator.last_state();
  outcome.ended = consolidator.ended();
  outcome.game_frames = consolidator.game_frame();
  outcome.complete = last.complete() && last.totals.mismatched_frees == 0;
  if (last.store_epoch != 0) listener.digest = mixed(listener.digest, digest_of(last));
  outcome.digest = listener.digest;
  ReelEnd end;
  end.costs.own_memory = engine::own_memory();
  end.tracing_ended = static_cast<uint32_t>(outcome.ended);
  if (!reel.finish(last.store_epoch != 0 ? &last : nullptr, end).empty()) std::abort();
  // What was written can be read.
  if (outcome.complete) Reel::open(path);
}

class ScribbledArenaTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string name = std::filesystem::temp_directory_path() / "scribbled_arena_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    g_folder = name;
    void* canary = mmap(nullptr, kCanaryBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    g_canary = static_cast<std::byte*>(canary);
    std::memset(g_canary, 0xa5, kCanaryBytes);
    void* shared = mmap(nullptr, sizeof(Outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    outcome_ = new (shared) Outcome{};
    ASSERT_FALSE(image().pages().empty());
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(g_folder); }

  // Empty, or how the recording's process ended without a report.
  static std::string run(const Attempt& attempt) {
    constexpr rlim_t kMostSeconds = 20;  // of the processor's: a busy machine is no hang
    *outcome_ = {};
    const pid_t recording = fork();
    if (recording == 0) {
      const rlimit limit = {.rlim_cur = kMostSeconds, .rlim_max = kMostSeconds};
      setrlimit(RLIMIT_CPU, &limit);
      const rlimit no_core = {};
      setrlimit(RLIMIT_CORE, &no_core);
      record(attempt, *outcome_);
      outcome_->canary_lives =
          std::all_of(g_canary, g_canary + kCanaryBytes, [](std::byte byte) { return byte == std::byte{0xa5}; });
      outcome_->reported = true;
      _exit(0);
    }
    int status = 0;
    waitpid(recording, &status, 0);
    if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
    if (status != 0 || !outcome_->reported) return "status " + std::to_string(status);
    return outcome_->canary_lives ? "" : "wrote outside";
  }

  static const Outcome& outcome() { return *outcome_; }
  static inline Outcome* outcome_ = nullptr;
};

// --- at random -------------------------------------------------------------------------------------------------------

uint64_t random_value(std::mt19937_64& random, std::byte* base, uint64_t before) {
  switch (random() % 12) {
    case 0:
      return random();
    case 1:
      return random() % 70'000;
    case 2:
      return 0;
    case 3:
      return UINT64_MAX;
    case 4:
      return before ^ uint64_t { 1 } << random() % 64;
    case 5:
      return before + random() % 129 - 64;
    case 6:  // somewhere in the arena
      return reinterpret_cast<uintptr_t>(Arena::header()) + random() % kBytes / 64 * 64;
    case 7:  // in the recording's own memory
      return reinterpret_cast<uintptr_t>(g_canary) + random() % kCanaryBytes / 64 * 64;
    case 8:
      return reinterpret_cast<uintptr_t>(&before) & ~uintptr_t{63};
    case 9:
      return uint64_t{1} << random() % 64;
    default: {  // what stands elsewhere
      const size_t page = image().pages()[random() % image().pages().size()];
      uint64_t word = 0;
      std::memcpy(&word, base + page + random() % Image::kPage / 8 * 8, sizeof word);
      return word;
    }
  }
}

Attempt random_attempt(uint64_t seed) {
  std::mt19937_64 choices(seed);
  Attempt attempt;
  attempt.moment = static_cast<Moment>(choices() % 4);
  attempt.game_frame = static_cast<int>(choices() % kGameFrames);
  attempt.scribble = [seed](std::byte* base, TracerState* state) {
    std::mt19937_64 random(seed);
    for (uint64_t writes = 1 + random() % 4; writes > 0; --writes) {
      const size_t page = image().pages()[random() % image().pages().size()];
      if (page >= kBytes / 2) continue;  // the recording's part: the program cannot write there
      std::byte* const at = base + page + random() % Image::kPage / 8 * 8;
      // The program has this page for reading only, and here it is the recording's own copy.
      if (state != nullptr && static_cast<size_t>(at - reinterpret_cast<std::byte*>(state)) < engine::kConstantsBytes) {
        continue;
      }
      uint64_t word = 0;
      std::memcpy(&word, at, sizeof word);
      word = random_value(random, base, word);
      std::memcpy(at, &word, random() % 4 == 0 ? 1 + random() % 8 : 8);
    }
  };
  return attempt;
}

// HEAPREEL_TEST_SECONDS makes it longer; HEAPREEL_TEST_SEED repeats.
TEST_F(ScribbledArenaTest, RandomWritesNeitherCrashNorHangNorReachTheRecording) {
  ASSERT_EQ(run({.moment = Moment::kBeforeRounds, .game_frame = 0, .scribble = [](std::byte*, TracerState*) {}}), "");
  ASSERT_TRUE(outcome().complete);
  ASSERT_EQ(outcome().game_frames, static_cast<uint32_t>(kGameFrames));
  const uint64_t truth = outcome().digest;

  const uint64_t first_seed = engine::testing::TestBudget::first_seed() & INT64_MAX;
  const char* given = std::getenv("HEAPREEL_SCRIBBLES");
  const uint64_t attempts = given != nullptr ? std::strtoull(given, nullptr, 10) : 40;
  std::map<std::string, uint64_t> counts;
  for (uint64_t seed = first_seed; seed < first_seed + attempts; ++seed) {
    const std::string wrong = run(random_attempt(seed));
    if (!wrong.empty()) {
      ++counts[wrong];
      ADD_FAILURE() << wrong << " with HEAPREEL_TEST_SEED=" << seed;
    } else if (outcome().refused) {
      ++counts["refused at the start"];
    } else if (!outcome().complete) {
      ++counts["noticed"];
    } else {
      ++counts[outcome().digest == truth ? "harmless" : "not noticed"];
    }
  }
  std::printf("%lu attempts from seed %lu:", attempts, first_seed);
  for (const auto& [what, count] : counts) std::printf(" %lu %s,", count, what.c_str());
  std::printf("\n");
}

// --- aimed -----------------------------------------------------------------------------------------------------------

TEST_F(ScribbledArenaTest, AimedWritesAreNoticedWhereverTheyAreLookedAt) {
  for (const Aimed& aimed : aimed_writes()) {
    const auto scribble = [&aimed](std::byte*, TracerState* state) { aimed.scribble(*state); };
    EXPECT_EQ(run({.moment = Moment::kBeforeRounds, .game_frame = 0, .scribble = scribble}), "") << aimed.name;
    const bool was_complete = outcome().complete;
    EXPECT_EQ(run({.moment = Moment::kInGameFrame, .game_frame = 3, .scribble = scribble}), "") << aimed.name;
    // Some are looked at at the beginning only, or later only.
    if (aimed.is_noticed) {
      EXPECT_FALSE(was_complete && outcome().complete) << aimed.name;
    }
    EXPECT_EQ(run({.moment = Moment::kBeforeTheEnd, .game_frame = 0, .scribble = scribble}), "") << aimed.name;
  }
}

// What was handed on before stays, and nothing is added.
TEST_F(ScribbledArenaTest, DamageEndsTheRecordingAtTheLastSoundGameFrame) {
  const auto scribble = [](std::byte*, TracerState* state) {
    for_each_recorder(*state, [](engine::Recorder& recorder) { add_words(recorder, uint64_t{1} << 40); });
  };
  ASSERT_EQ(run({.moment = Moment::kBeforeTheEnd, .game_frame = 0, .scribble = scribble}), "");
  EXPECT_EQ(outcome().ended, engine::EndReason::kDamaged);
  EXPECT_FALSE(outcome().complete);
  EXPECT_EQ(outcome().game_frames, static_cast<uint32_t>(kGameFrames));
  const Reel reel = Reel::open(g_folder / "scribbled.reel");
  EXPECT_EQ(reel.info().end.tracing_ended, static_cast<uint32_t>(engine::EndReason::kDamaged));
}

// Cuts that were counted and cannot be found any more: nothing is recorded, and nothing is said to be complete.
TEST_F(ScribbledArenaTest, RequestsThatVanishedBeforeTheFirstRoundAreMissed) {
  const auto scribble = [](std::byte*, TracerState* state) {
    state->newest_request.store(nullptr, std::memory_order_relaxed);
  };
  ASSERT_EQ(run({.moment = Moment::kBeforeRounds, .game_frame = 0, .scribble = scribble}), "");
  EXPECT_FALSE(outcome().complete);
  EXPECT_EQ(outcome().ended, engine::EndReason::kDamaged);
}

// The requests are all there, and the one that began the recording says another thing.
TEST_F(ScribbledArenaTest, AGenerationThatWasNeverOpenedIsMissed) {
  const auto scribble = [](std::byte*, TracerState* state) {
    for (engine::CutRequest* request = state->newest_request; request != nullptr; request = request->link) {
      if (request->kind == engine::CutKind::kGeneration) request->opens = nullptr;
    }
  };
  ASSERT_EQ(run({.moment = Moment::kBeforeRounds, .game_frame = 0, .scribble = scribble}), "");
  EXPECT_FALSE(outcome().complete);
  EXPECT_EQ(outcome().ended, engine::EndReason::kDamaged);
}

TEST_F(ScribbledArenaTest, MemoryDamagedBeforeTheRecordingBeginsIsRefused) {
  const auto scribble = [](std::byte* base, TracerState*) {
    auto* header = reinterpret_cast<engine::ArenaHeader*>(base);
    header->root.store(g_canary, std::memory_order_relaxed);
  };
  ASSERT_EQ(run({.moment = Moment::kBeforeAttaching, .game_frame = 0, .scribble = scribble}), "");
  EXPECT_TRUE(outcome().refused);
}

}  // namespace
}  // namespace heapreel::testing
