// Any snapshot: dumped and loaded, it answers every question as before.
#include <heapreel/heapreel.h>

#include <cstdlib>
#include <random>

#include "tests/snapshot/reel_fixture.h"

namespace heapreel::testing {
namespace {

constexpr KeyType kKeys[] = {KeyType::filename, KeyType::lineno,     KeyType::traceback,
                             KeyType::function, KeyType::module,     KeyType::domain,
                             KeyType::tag,      KeyType::size_class, KeyType::thread};

// Traces of which every field takes its odd values.
class RandomTraces {
 public:
  explicit RandomTraces(uint64_t seed) : random_(seed) {
    for (uint64_t left = 1 + pick(40); left > 0; --left) tracebacks_.push_back(traceback());
  }

  std::vector<Trace> make() {
    std::vector<Trace> traces;
    for (uint64_t left = pick(400); left > 0; --left) {
      Trace trace;
      trace.domain = static_cast<uint32_t>(pick(3) == 0 ? any() : pick(4));
      trace.size = pick(4) == 0 ? 0 : any() >> 8;  // sums stay below 2^64
      trace.traceback = tracebacks_[pick(tracebacks_.size())];
      trace.address = any();
      trace.thread = static_cast<uint32_t>(pick(3) == 0 ? any() : pick(5));
      trace.born_game_frame = static_cast<uint32_t>(pick(3) == 0 ? any() : pick(100));
      trace.tag = name();
      traces.push_back(std::move(trace));
    }
    return traces;
  }

  uint64_t pick(uint64_t below) { return random_() % below; }
  // Of any magnitude, 0 and 2^64-1 among them.
  uint64_t any() {
    const uint64_t word = pick(8) == 0 ? UINT64_MAX : random_();
    const uint64_t bits = pick(65);
    return bits == 0 ? 0 : word >> (64 - bits);
  }

 private:
  std::string name() {
    static const std::string kNames[] = {"",
                                         "a.cc",
                                         "b.cc",
                                         "Physics",
                                         "Physics/Solver",
                                         "größe.cc",
                                         "物理/解く",
                                         "\U0001F3AE",
                                         "tab\tand\nline",
                                         std::string("nul\0inside", 10),
                                         "\xff\xfe no utf-8",
                                         std::string(5'000, 'x')};
    return kNames[pick(std::size(kNames))];
  }

  Traceback traceback() {
    std::vector<Frame> frames;
    for (uint64_t left = pick(20) == 0 ? 300 : 1 + pick(6); left > 0; --left) {
      const auto lineno = static_cast<uint32_t>(pick(2) == 0 ? 0 : any() >> 33);
      frames.push_back(Frame({.filename = name(),
                              .lineno = lineno,
                              .function = name(),
                              .module = name(),
                              .address = any(),
                              .offset = lineno == 0 ? any() : 0}));
    }
    const auto total = static_cast<uint32_t>(any() >> 32);
    return Traceback(std::move(frames), pick(2) == 0 ? std::nullopt : std::optional(total));
  }

  std::mt19937_64 random_;
  std::vector<Traceback> tracebacks_;
};

void expect_same_frame(const Frame& a, const Frame& b) {
  EXPECT_EQ(a, b);
  EXPECT_EQ(a.function(), b.function());
  EXPECT_EQ(a.module(), b.module());
  EXPECT_EQ(a.address(), b.address());
  EXPECT_EQ(a.offset(), b.offset());
}

void expect_same_traces(const Traces& a, const Traces& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    const Trace& x = a[i];
    const Trace& y = b[i];
    ASSERT_EQ(x, y) << i;
    EXPECT_EQ(x.address, y.address) << i;
    EXPECT_EQ(x.thread, y.thread) << i;
    EXPECT_EQ(x.born_game_frame, y.born_game_frame) << i;
    EXPECT_EQ(x.tag, y.tag) << i;
    ASSERT_EQ(x.traceback.size(), y.traceback.size()) << i;
    for (size_t frame = 0; frame < x.traceback.size(); ++frame) {
      expect_same_frame(x.traceback[frame], y.traceback[frame]);
    }
  }
}

void expect_same_answers(const Snapshot& a, const Snapshot& b) {
  expect_same_traces(a.traces(), b.traces());
  EXPECT_EQ(a.traceback_limit(), b.traceback_limit());
  EXPECT_EQ(a.game_frame(), b.game_frame());
  EXPECT_EQ(a.completeness(), b.completeness());
  for (const KeyType key : kKeys) {
    EXPECT_EQ(a.statistics(key), b.statistics(key)) << static_cast<int>(key);
    if (!is_frame_key(key)) continue;
    EXPECT_EQ(a.statistics(key, true), b.statistics(key, true)) << static_cast<int>(key);
  }
}

// Filtered views, blocks by birth, sizes, and what differs: nothing.
void expect_same_views(const Snapshot& a, const Snapshot& b, RandomTraces& random) {
  const auto domain = static_cast<uint32_t>(random.pick(4));
  const bool inclusive = random.pick(2) == 0;
  const TraceFilter filters[] = {DomainFilter(inclusive, domain), Filter(!inclusive, "*.cc")};
  for (const TraceFilter& filter : filters) expect_same_answers(a.filter_traces({filter}), b.filter_traces({filter}));
  const uint64_t first = random.pick(50);
  const uint64_t last = first + random.any() / 2;
  expect_same_answers(a.born(first, last), b.born(first, last));
  EXPECT_EQ(a.size_histogram(), b.size_histogram());
  for (const StatisticDiff& diff : b.compare_to(a, KeyType::traceback)) {
    EXPECT_EQ(diff.size_diff, 0);
    EXPECT_EQ(diff.count_diff, 0);
  }
}

class RandomStillTest : public ReelTest {};

TEST_F(RandomStillTest, AnySnapshotAnswersTheSameAfterDumpAndLoad) {
  const char* given = std::getenv("HEAPREEL_TEST_SEED");
  const uint64_t first_seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  constexpr uint64_t kSnapshots = 30;
  for (uint64_t seed = first_seed; seed < first_seed + kSnapshots; ++seed) {
    SCOPED_TRACE("HEAPREEL_TEST_SEED=" + std::to_string(seed));
    RandomTraces random(seed);
    const int limit = static_cast<int>(1 + random.pick(1'024));
    const Snapshot before = Snapshot::from_traces(random.make(), limit);
    before.dump(path());
    // The skip list says how to group, not what lives: it is not in the file.
    const Snapshot after = Snapshot::load(path()).with_skip_list(before.skip_list());
    expect_same_answers(before, after);
    expect_same_views(before, after, random);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace heapreel::testing
