#include "tests/fuzz/reel_reading.h"

#include <map>
#include <optional>
#include <stdexcept>

#include "snapshot/reel/read/reel.h"
#include "tests/fuzz/fuzz_target.h"

namespace heapreel::testing {

namespace {

constexpr size_t kMostStills = 12;
constexpr uint64_t kMostStillBytes = 64 << 20;

// Nothing where the reel does not say.
std::optional<uint64_t> allocs_by(const ReelTraceSet& still, KeyType key) {
  uint64_t allocs = 0;
  try {
    still.for_each_group_history(key, [&](const GroupHistory& group) { allocs += group.allocs; });
  } catch (const ReelError&) {
    return std::nullopt;
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
  return allocs;
}

// Empty where the reel does not say.
std::map<uint32_t, engine::CrossThreadFrees> cross_thread_frees_of(const ReelTraceSet& still) {
  try {
    return still.cross_thread_frees();
  } catch (const ReelError&) {
    return {};
  } catch (const std::invalid_argument&) {
    return {};
  }
}

void read_still(const Reel& reel, const GameFrameRow& row) {
  std::shared_ptr<const ReelTraceSet> still;
  try {
    still = reel.at(row.number);
  } catch (const ReelError&) {
    return;
  }
  uint64_t blocks = 0;
  uint64_t bytes = 0;
  still->for_each_block([&](const BlockRow& block) {
    ++blocks;
    bytes += block.size;
    require(block.site < still->site_count(), "a block's site is there");
  });
  require(blocks == row.live_blocks && bytes == row.live_bytes, "the blocks of a still add up to its sums");
  for (const KeyType key : {KeyType::thread, KeyType::size_class}) {
    const auto allocs = allocs_by(*still, key);
    require(!allocs || *allocs == still->sums().totals.allocs, "threads and size classes add up to the sums");
  }
  for (const auto& [site, frees] : cross_thread_frees_of(*still)) {
    require(site < still->site_count() && frees.temporary_frees <= frees.frees, "frees by other threads are of a site");
  }
  still->for_each_site([&](const SiteRow& site) {
    require(site.traceback < still->tables().traceback_count(), "a site's traceback is there");
  });
}

// Counts what it hears of.
class BlockCount : public BlockListener {
 public:
  void born(const BlockRow& block) override { count(block, 1); }
  void died(const BlockRow& block) override { count(block, uint64_t{0} - 1); }
  void forgotten(const BlockRow& block) override { died(block); }
  uint64_t blocks = 0;
  uint64_t bytes = 0;

 private:
  void count(const BlockRow& block, uint64_t sign) {
    blocks += sign;
    bytes += sign * block.size;
  }
};

void replay(const Reel& reel) {
  BlockCount live;
  uint64_t site_blocks = 0;
  uint64_t site_bytes = 0;
  ReelReplay replay = reel.replay(&live);
  while (replay.next()) {
    require(live.blocks == replay.blocks().count() && live.bytes == replay.blocks().bytes(),
            "births and deaths add up to the blocks of the state");
    for (const SiteChange& change : replay.changes()) {
      require(change.temporary_blocks <= change.allocs && change.temporary_blocks <= change.frees,
              "temporary blocks are among those allocated and freed");
      site_blocks += static_cast<uint64_t>(change.block_growth());
      site_bytes += static_cast<uint64_t>(change.byte_growth());
    }
    require(site_blocks == live.blocks && site_bytes == live.bytes, "changes of sites add up to the blocks");
  }
}

void read_tables(const ReelTables& tables) {
  uint64_t sum = 0;
  for (uint32_t i = 0; tables.named_tracebacks().empty() && i < tables.traceback_count(); ++i) {
    for (const uint64_t pc : tables.stack(i).pcs) sum += tables.modules().find(pc, tables.stack(i).known_modules);
  }
  for (const Traceback& traceback : tables.named_tracebacks()) sum += traceback.repr().size();
  volatile uint64_t used = sum;
  static_cast<void>(used);
}

}  // namespace

void read_everything(const std::string& path) {
  try {
    ReelOptions options;
    options.most_still_bytes = kMostStillBytes;
    const Reel reel = Reel::open(path, options);
    const auto& rows = reel.game_frames();
    const size_t step = 1 + rows.size() / kMostStills;
    for (size_t i = 0; i < rows.size(); i += step) read_still(reel, rows[i]);
    read_tables(reel.at_end()->tables());
    replay(reel);
  } catch (const ReelError& error) {
    require(error.what()[0] != '\0', "an error has a text");
  }
}

}  // namespace heapreel::testing
