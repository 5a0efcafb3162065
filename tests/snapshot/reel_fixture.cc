#include "tests/snapshot/reel_fixture.h"

#include <unistd.h>

#include <bit>
#include <stdexcept>

#include "tests/engine/stored_pcs.h"

namespace heapreel::testing {

using engine::CutKind;
using engine::FrozenTraces;
using engine::SnapshotHandle;

StateFacts StateFacts::of(const FrozenTraces& state) {
  const auto site_facts = [&](engine::SiteId id) {
    const engine::SiteKey& key = state.sites->at(id);
    return SiteFacts{key.domain, key.scope, engine::testing::stored_pcs(*state.tracebacks, key.traceback)};
  };
  StateFacts facts;
  state.for_each_block([&](engine::BlockId, const engine::Record& record) {
    facts.blocks.emplace_back(record.address, record.size, site_facts(record.site), record.born, record.thread);
  });
  state.for_each_site([&](engine::SiteId id, const engine::SiteAggregate& site) {
    facts.sites[site_facts(id)] = std::bit_cast<RecordedSiteChange::Figures>(site);
  });
  facts.groups.emplace();
  state.for_each_group([&](engine::GroupId group, const engine::GroupSums& sums) {
    if (sums.allocs == 0) return;
    const auto name = engine::is_size_class(group) ? std::pair(KeyType::size_class, group)
                                                   : std::pair(KeyType::thread, engine::thread_of(group));
    (*facts.groups)[name] = {sums.allocs, sums.alloc_bytes, sums.frees, sums.freed_bytes, sums.reallocs};
  });
  facts.cross_thread.emplace();
  state.for_each_cross_thread_frees([&](engine::SiteId id, const engine::CrossThreadFrees& frees) {
    (*facts.cross_thread)[site_facts(id)] = {frees.frees, frees.freed_bytes, frees.temporary_frees,
                                             frees.temporary_bytes};
  });
  facts.domains.emplace();
  state.for_each_domain_peak([&](engine::DomainIndex domain, const engine::DomainPeak& peak) {
    (*facts.domains)[domain] = {peak.live_bytes, peak.peak_bytes, peak.peak_ceiling};
  });
  return facts;
}

StateFacts StateFacts::of(const ReelTraceSet& set) {
  const ReelTables& tables = set.tables();
  const auto site_facts = [&](uint32_t id) {
    const engine::SiteKey& key = tables.site(id);
    const auto pcs = tables.stack(key.traceback).pcs;
    return SiteFacts{key.domain, key.scope, {pcs.begin(), pcs.end()}};
  };
  StateFacts facts;
  set.for_each_block([&](const BlockRow& block) {
    facts.blocks.emplace_back(block.address, block.size, site_facts(block.site), block.born, block.thread);
  });
  for (uint32_t id = 0; id < set.site_count(); ++id) {
    const auto figures = std::bit_cast<RecordedSiteChange::Figures>(set.aggregate(id));
    if (figures != RecordedSiteChange::Figures{}) facts.sites[site_facts(id)] = figures;
  }
  try {
    GroupFacts groups;
    for (const KeyType key : {KeyType::thread, KeyType::size_class}) {
      set.for_each_group_history(key, [&](const GroupHistory& group) {
        groups[{key, group.item}] = {group.allocs, group.alloc_bytes, group.frees, group.freed_bytes, group.reallocs};
      });
    }
    facts.groups = std::move(groups);
  } catch (const std::invalid_argument&) {
    facts.groups.reset();
  }
  try {
    CrossThreadFacts cross_thread;
    for (const auto& [id, frees] : set.cross_thread_frees()) {
      cross_thread[site_facts(id)] = {frees.frees, frees.freed_bytes, frees.temporary_frees, frees.temporary_bytes};
    }
    facts.cross_thread = std::move(cross_thread);
  } catch (const std::invalid_argument&) {
    facts.cross_thread.reset();
  }
  if (const auto peaks = set.domain_peaks()) {
    facts.domains.emplace();
    for (const auto& [domain, peak] : *peaks) {
      (*facts.domains)[domain] = {peak.live_bytes, peak.peak_bytes, peak.peak_ceiling};
    }
  }
  return facts;
}

bool StateFacts::is_shown_of(const StateFacts& whole) const {
  return blocks == whole.blocks && sites == whole.sites && (!groups || groups == whole.groups) &&
         (!cross_thread || cross_thread == whole.cross_thread) && (!domains || domains == whole.domains);
}

bool SpyListener::on_game_frame(const FrozenTraces& state) {
  const uint32_t number = state.game_frame - 1;
  if (keeps_facts) {
    states[number] = StateFacts::of(state);
    EXPECT_EQ(states[number].blocks.size(), state.totals.live_blocks) << "the tracer's state contradicts its sums";
  }
  totals[number] = state.totals;
  return recorder != nullptr && recorder->on_game_frame(state);
}

bool SpyListener::on_mark(const char* name, const FrozenTraces& state) {
  if (keeps_facts) mark_states.push_back(state.store_epoch != 0 ? StateFacts::of(state) : StateFacts());
  return recorder != nullptr && recorder->on_mark(name, state);
}

void SpyListener::on_generation_end(const FrozenTraces& last) {
  ended.push_back(last.totals);
  if (recorder != nullptr) recorder->on_generation_end(last);
}

ReelTest::ReelTest() {
  std::string name = std::filesystem::temp_directory_path() / "reel_test_XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no directory for the reel";
  directory_ = name;
  path_ = directory_ / "test.reel";
}

ReelTest::~ReelTest() {
  std::filesystem::remove_all(directory_);
}

void ReelTest::TearDown() {
  spy_.recorder = nullptr;
  recorder_.reset();  // while there is an arena
  TracerTest::TearDown();
}

void ReelTest::start_without_thread(engine::TracerOptions options) {
  options.frame_every_ms = 0;
  ASSERT_TRUE(engine::start(options));
  round();
}

void ReelTest::record(ReelWriterOptions options, size_t most_queued) {
  writer_ = std::make_unique<ReelWriter>(*engine::tracer_state(), options);
  ReelHeader header;
  header.program = "game";
  header.command_line = {"game", "--level", ""};
  ASSERT_EQ(writer_->open(path(), header), "");
  recorder_ = std::make_unique<ReelRecorder>(*engine::tracer_state(), *writer_, most_queued);
  spy_.recorder = recorder_.get();
}

void ReelTest::round() {
  ASSERT_TRUE(engine::tracer_state()->consolidator->run_round(&spy_));
}

SnapshotHandle ReelTest::snapshot_now() {
  SnapshotHandle snapshot(engine::request_cut(*engine::tracer_state(), CutKind::kSnapshot, true));
  round();
  return snapshot;
}

void ReelTest::end_game_frame() {
  engine::game_frame();
  round();
}

std::string ReelTest::finish(ReelEnd end) {
  const SnapshotHandle last = snapshot_now();
  const std::string error = recorder_->finish(last.get(), end);
  spy_.recorder = nullptr;
  recorder_.reset();
  return error;
}

std::vector<char> ReelTest::read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void ReelTest::write_file(const std::string& path, const std::vector<char>& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace heapreel::testing
