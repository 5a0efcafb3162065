// A tracer whose rounds the test runs itself, and a reel of what it does.
#pragma once

#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "engine/cut/cut.h"
#include "snapshot/reel/read/reel.h"
#include "snapshot/reel/write/reel_recorder.h"
#include "snapshot/reel/write/reel_writer.h"
#include "tests/engine/tracer_fixture.h"

namespace heapreel::testing {

// Domain, scope, stack: what a site is, whatever its number.
using SiteFacts = std::tuple<uint32_t, uint32_t, std::vector<uint64_t>>;
// Address, size, site, game frame and thread of birth.
using BlockFacts = std::tuple<uint64_t, uint64_t, SiteFacts, uint32_t, uint32_t>;

// By thread and by size class: allocs, alloc bytes, frees, freed bytes, reallocs.
using GroupFacts = std::map<std::pair<KeyType, uint32_t>, std::array<uint64_t, 5>>;

// By site: cross-thread frees and their bytes; and how many of both were in the game frame of birth.
using CrossThreadFacts = std::map<SiteFacts, std::array<uint64_t, 4>>;

// By domain: live bytes, and the least and the most of the peak within the game frame.
using DomainFacts = std::map<uint32_t, std::array<uint64_t, 3>>;

// Blocks that are memory of a domain: their address and their own domain, and that one.
using HeapFacts = std::set<std::array<uint64_t, 3>>;

struct StateFacts {
  std::vector<BlockFacts> blocks;  // ascending by id
  std::map<SiteFacts, RecordedSiteChange::Figures> sites;
  std::optional<GroupFacts> groups;              // nothing where a reel does not say
  std::optional<CrossThreadFacts> cross_thread;  // likewise
  std::optional<DomainFacts> domains;            // likewise
  std::optional<HeapFacts> heaps;                // likewise

  // Whether this is what a reel shows of `whole`: where it broke off, perhaps without the groups, and nothing else.
  bool is_shown_of(const StateFacts& whole) const;

  static StateFacts of(const engine::FrozenTraces& state);
  static StateFacts of(const ReelTraceSet& set);
  friend bool operator==(const StateFacts&, const StateFacts&) = default;
};

// What the listeners of a tracer saw, by game frame.
class SpyListener : public engine::CutListener {
 public:
  bool on_game_frame(const engine::FrozenTraces& state) override;
  bool on_mark(const char* name, const engine::FrozenTraces& state) override;
  bool wants_mark_state() override { return recorder == nullptr || recorder->wants_mark_state(); }
  void on_generation_end(const engine::FrozenTraces& last) override;

  ReelRecorder* recorder = nullptr;
  bool keeps_facts = true;
  std::map<uint32_t, StateFacts> states;
  std::vector<StateFacts> mark_states;  // empty ones where none was frozen
  std::map<uint32_t, engine::Totals> totals;
  std::vector<engine::Totals> ended;
};

class ReelTest : public engine::testing::TracerTest {
 protected:
  void TearDown() override;

  ReelTest();
  ~ReelTest() override;

  // Traces without a consolidating thread: rounds are run by round().
  void start_without_thread(engine::TracerOptions options = {});
  void record(ReelWriterOptions options = {}, size_t most_queued = ReelRecorder::kMostQueuedStates);
  void round();
  void end_game_frame();
  engine::SnapshotHandle snapshot_now();
  // Ends the reel with the state of now.
  std::string finish(ReelEnd end = {.ending = ReelEnding::kExited});

  std::string path() const { return path_.string(); }
  static std::vector<char> read_file(const std::string& path);
  static void write_file(const std::string& path, const std::vector<char>& bytes);

  std::unique_ptr<ReelWriter> writer_;
  std::unique_ptr<ReelRecorder> recorder_;
  SpyListener spy_;

 private:
  std::filesystem::path directory_;
  std::filesystem::path path_;
};

}  // namespace heapreel::testing
