// What opening a game frame of a reel reads, for reel_opening_budget.py.
//
//     reel_opening_probe write FILE LIVE_BLOCKS SMALLER
//         a reel of a game with so many live blocks; everything else is divided by SMALLER
//     reel_opening_probe entries FILE
//         a line per still: game frame, 1 = key still, live blocks, entries of its state
//     reel_opening_probe open FILE
//         opens the file and no still, for callgrind
//     reel_opening_probe still FILE GAME_FRAME
//         opens a still and visits each block, for callgrind
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "bench/callgrind_region.h"
#include "bench/game_reel.h"
#include "snapshot/reel/format/number_column.h"
#include "snapshot/reel/read/reel.h"

namespace heapreel::bench {
namespace {

void write(const char* path, uint32_t live_blocks, uint32_t smaller) {
  constexpr GameReelShape kFullShape;
  ReelWriterOptions options;
  options.least_key_distance /= smaller;
  write_game_reel(path,
                  {.live_blocks = live_blocks,
                   .blocks_per_game_frame = kFullShape.blocks_per_game_frame / smaller,
                   .stacks = kFullShape.stacks / smaller},
                  options);
}

// Of a state section: deaths, births and sites.
uint64_t entries_of(std::span<const uint8_t> payload) {
  constexpr int kColumnsOfBirths = 6;
  ByteReader in(payload);
  const uint64_t deaths = in.varint();
  NumberColumn(in, deaths);
  const uint64_t births = in.varint();
  for (int i = 0; i < kColumnsOfBirths; ++i) NumberColumn(in, births);
  return deaths + births + in.varint();
}

void print_entries(const char* path) {
  const ReelInput input(path);
  const ReelContents contents(input);
  SectionReader reader(input);
  for (size_t position = 0; position < contents.stills().size(); ++position) {
    const ReelStill& still = contents.stills()[position];
    uint64_t entries = 0;
    for (uint32_t part = still.first_part; part < still.first_part + still.part_count; ++part) {
      const uint64_t offset = contents.parts()[part].offset;
      const SectionHeader header = input.section_header(offset);
      entries += entries_of(reader.payload(offset, header));
    }
    std::printf("%u %d %llu %llu\n", contents.game_frames()[position].number, still.is_key ? 1 : 0,
                static_cast<unsigned long long>(still.sums.totals.live_blocks),
                static_cast<unsigned long long>(entries));
  }
}

void open_reel(const char* path) {
  std::optional<Reel> reel;
  count([&] { reel.emplace(Reel::open(path)); });
}

void open_still(const char* path, uint32_t game_frame) {
  const Reel reel = Reel::open(path);
  uint64_t bytes = 0;
  std::shared_ptr<const ReelTraceSet> still;
  count([&] {
    still = reel.at(game_frame);
    still->for_each_block([&](const BlockRow& block) { bytes += block.size; });
  });
  if (bytes != still->sums().totals.live_bytes) std::exit(1);
}

}  // namespace
}  // namespace heapreel::bench

int main(int argc, char** argv) {
  const std::string_view what = argc > 2 ? argv[1] : "";
  const auto number = [&](int index) { return static_cast<uint32_t>(std::strtoul(argv[index], nullptr, 10)); };
  if (what == "write" && argc == 5 && number(4) != 0) {
    heapreel::bench::write(argv[2], number(3), number(4));
  } else if (what == "entries" && argc == 3) {
    heapreel::bench::print_entries(argv[2]);
  } else if (what == "open" && argc == 3) {
    heapreel::bench::open_reel(argv[2]);
  } else if (what == "still" && argc == 4) {
    heapreel::bench::open_still(argv[2], number(3));
  } else {
    return 2;
  }
  return 0;
}
