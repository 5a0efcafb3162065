// How tests/vectors/golden_all.reel was made, by hand: every kind of section and every field that a reel of a traced
// process can have, with numbers that golden_all_test.cc knows.
//
//     write_golden_all FILE
#include <bit>

#include "snapshot/recorded/recorded_names.h"
#include "snapshot/reel/write/change_writer.h"
#include "snapshot/reel/write/reel_appender.h"

namespace {

using namespace heapreel;
using reel_format::SectionKind;

enum class Kind : uint8_t { kGameFrame, kMerged, kEnd };

class GoldenReel {
 public:
  explicit GoldenReel(const std::string& path) {
    ok_ = file_
              .open(path, true,
                    {.writer = "by hand",
                     .program = "/opt/game",
                     .command_line = {"game", "--level", "größe", ""},
                     .process_id = 4711,
                     .started_wall_ns = 1'700'000'000'000'000'000,
                     .started_monotonic_ns = 1'000,
                     .traceback_limit = 3,
                     .allocator = "system"})
              .empty();
  }

  void add(SectionKind kind, const ByteWriter& out) { file_.add(kind, 0, 0, out); }

  void still(Kind kind, const ReelSums& sums) {
    ByteWriter out;
    out.u8(static_cast<uint8_t>(kind));
    write_sums(out, sums, before_);
    add(SectionKind::kStills, out);
    before_ = sums;
    ++stills_;
  }
  void state(const RecordedChange& change, uint32_t game_frame, uint16_t flags, SiteTallies::Before before) {
    changes_.start(game_frame, std::move(before));
    file_.add(SectionKind::kState, flags, stills_ - 1, changes_.part(change));
  }
  bool finish(const ReelEnd& end) { return ok_ && file_.flush().empty() && file_.finish(end).empty(); }

 private:
  ReelAppender file_{0};
  bool ok_ = false;
  ChangeWriter changes_;
  ReelSums before_;
  uint32_t stills_ = 0;
};

void add_module(ByteWriter& out, uint32_t position, uint64_t start, uint32_t unloaded) {
  out.varint(position);
  out.varint(start);
  out.varint(start + 0x1000);
  out.varint(start - 0x40);
  out.u64(0x1122334455667788 + position);
  out.varint(position + 1);
  out.varint(unloaded);
  out.text(position == 0 ? std::string_view("\x01\x02\xff", 3) : std::string_view());
  out.text(position == 0 ? "/opt/game" : "/opt/plugin.so");
}

void add_name(ByteWriter& out, NameKind kind, uint32_t place, uint32_t number, const char* text) {
  out.u8(static_cast<uint8_t>(kind));
  out.varint(place);
  out.varint(number);
  out.text(text);
}

struct Stack {
  uint8_t flags;
  uint32_t total;
  std::vector<uint64_t> pcs;
};

void add_tracebacks(GoldenReel& reel, uint32_t first, uint32_t known_modules, const std::vector<Stack>& stacks) {
  ByteWriter out;
  out.varint(first);
  out.varint(known_modules);
  out.varint(stacks.size());
  for (const Stack& stack : stacks) {
    out.u8(stack.flags);
    out.varint(stack.pcs.size());
    out.varint(stack.total);
  }
  uint64_t before = 0;
  for (const Stack& stack : stacks) {
    for (const uint64_t pc : stack.pcs) {
      out.difference(std::rotl(pc, 1), before);
      before = std::rotl(pc, 1);
    }
  }
  reel.add(SectionKind::kTracebacks, out);
}

void add_sites(GoldenReel& reel) {
  ByteWriter out;
  out.varint(0);
  out.varint(3);
  uint64_t before = 0;
  for (const auto& [domain, scope, traceback] :
       {engine::SiteKey{0, 0, 2}, engine::SiteKey{3, 1, 4}, engine::SiteKey{0, 2, 1}}) {
    out.varint(domain);
    out.varint(scope);
    out.difference(traceback, before);
    before = traceback;
  }
  reel.add(SectionKind::kSites, out);
}

ReelSums sums(uint32_t generation, uint32_t game_frames, engine::Totals totals) {
  totals.game_frames = game_frames;
  return {.generation = generation,
          .game_frames = game_frames,
          .time_ns = 1'000 + game_frames * uint64_t{16'000'000},
          .traceback_limit = 3,
          .totals = totals};
}

engine::Totals totals(uint64_t blocks, uint64_t bytes, uint64_t allocs, uint64_t alloc_bytes) {
  engine::Totals totals;
  totals.live_blocks = blocks;
  totals.live_bytes = bytes;
  totals.allocs = allocs;
  totals.frees = allocs - blocks;
  totals.reallocs = 1;
  totals.alloc_bytes = alloc_bytes;
  totals.peak_bytes = alloc_bytes - 5;
  totals.peak_ceiling = alloc_bytes;
  totals.issued = 2 * allocs + 20;
  totals.stored = 2 * allocs;
  totals.degraded = 10;
  totals.discarded = 7;  // three fewer than were issued are accounted for
  totals.inferred_frees = 1;
  totals.mismatched_frees = 2;
  totals.untracked_frees = 3;
  return totals;
}

engine::SiteAggregate aggregate(uint64_t blocks, uint64_t bytes, uint64_t allocs, uint64_t alloc_bytes) {
  engine::SiteAggregate site{};
  site.live_blocks = blocks;
  site.live_bytes = bytes;
  site.allocs = allocs;
  site.alloc_bytes = alloc_bytes;
  site.reallocs = 1;
  site.peak_bytes = bytes + 1;
  site.lifetimes[0] = allocs - blocks;
  return site;
}

RecordedSiteChange whole(uint32_t site, const engine::SiteAggregate& figures) {
  return {site, std::bit_cast<RecordedSiteChange::Figures>(figures)};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  GoldenReel reel(argv[1]);

  ByteWriter modules;
  modules.varint(2);
  add_module(modules, 0, 0x400000, UINT32_MAX);
  add_module(modules, 1, 0x7f00'0000'0000, UINT32_MAX);
  reel.add(SectionKind::kModules, modules);
  ByteWriter names;
  names.varint(6);
  add_name(names, NameKind::kDomain, 0, 16, "malloc");
  add_name(names, NameKind::kDomain, 3, 64, "Frame arena");
  add_name(names, NameKind::kScope, 1, 0, "Physics/Solver");
  add_name(names, NameKind::kScope, 2, 0, "物理");
  add_name(names, NameKind::kThread, 0, 4711, "main");
  add_name(names, NameKind::kThread, 1, 4712, "worker");
  reel.add(SectionKind::kNames, names);
  constexpr uint64_t kExact = uint64_t{1} << 63;
  add_tracebacks(reel, 0, 1, {{1, 0, {}}, {2, 0, {}}, {0, 2, {0x400123, 0x400456}}});
  add_tracebacks(reel, 3, 2, {{0, 300, {0x7f00'0000'0010, kExact | 0x400200, 0x400456}}, {4, 1, {0x7f00'0000'0020}}});
  add_sites(reel);

  // Game frame 0: three blocks, of which the last has the highest address and no byte.
  RecordedChange first;
  first.born = {{1, 0, 0x10'0000, 100, 0, 0}, {2, 1, 0x10'0040, 24, 0, 1}, {500, 2, UINT64_MAX - 15, 0, 0, 0}};
  const engine::SiteAggregate at_first[] = {aggregate(1, 100, 3, 300), aggregate(1, 24, 1, 24), aggregate(1, 0, 9, 90)};
  for (uint32_t site = 0; site < 3; ++site) first.sites.push_back(whole(site, at_first[site]));
  reel.still(Kind::kGameFrame, sums(1, 1, totals(3, 124, 13, 414)));
  reel.state(first, 0, reel_format::kKeyStill, [](uint32_t) { return engine::SiteAggregate{}; });

  ByteWriter mark;
  mark.text("level „größe“");
  write_sums(mark, sums(1, 1, totals(4, 130, 14, 420)), {});
  reel.add(SectionKind::kMark, mark);

  // Game frame 1 is merged into 2, in which id 2 dies and is used again, for a block of 2^40 bytes.
  reel.still(Kind::kMerged, sums(1, 2, totals(5, 150, 20, 500)));
  RecordedChange second;
  second.died = {{2, 1, 0x10'0040, 24, 0, 1}};
  second.born = {{2, 0, 0x10'0080, uint64_t{1} << 40, 1, 1}};
  engine::SiteAggregate grown{};
  grown.live_blocks = 1;
  grown.live_bytes = grown.alloc_bytes = grown.peak_bytes = uint64_t{1} << 40;
  grown.allocs = 1;
  engine::SiteAggregate shrunk{};
  shrunk.live_blocks = UINT64_MAX;
  shrunk.live_bytes = uint64_t{0} - 24;
  shrunk.lifetimes[2] = 1;
  second.sites = {whole(0, grown), whole(1, shrunk)};
  reel.still(Kind::kGameFrame, sums(1, 3, totals(3, 100 + (uint64_t{1} << 40), 22, 600 + (uint64_t{1} << 40))));
  reel.state(second, 2, 0, [&](uint32_t site) { return at_first[site]; });

  ByteWriter ended;
  write_sums(ended, sums(1, 3, totals(3, 100 + (uint64_t{1} << 40), 23, 700 + (uint64_t{1} << 40))), {});
  reel.add(SectionKind::kGenerationEnd, ended);

  // The plugin is gone, and the last state is of another generation.
  ByteWriter unloaded;
  unloaded.varint(1);
  add_module(unloaded, 1, 0x7f00'0000'0000, 9);
  reel.add(SectionKind::kModules, unloaded);
  RecordedChange last;
  last.born = {{7, 0, 0x20'0000, 8, 3, 1}};
  last.sites = {whole(0, aggregate(1, 8, 1, 8))};
  reel.still(Kind::kEnd, sums(2, 3, totals(1, 8, 1, 8)));
  reel.state(last, 3, reel_format::kKeyStill, [](uint32_t) { return engine::SiteAggregate{}; });
  const bool written = reel.finish({.ending = ReelEnding::kExecuted,
                                    .status = 0,
                                    .executed = "/bin/other",
                                    .time_ns = 99'000'000,
                                    .tracing_ended = 2,
                                    .unrecorded = 6,
                                    .tracer_bytes = 5,
                                    .consolidator_ns = 4,
                                    .rounds = 3,
                                    .copied_bytes = 2});
  return written ? 0 : 1;
}
