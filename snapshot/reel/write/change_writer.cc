#include "snapshot/reel/write/change_writer.h"

#include <bit>
#include <utility>

#include "snapshot/reel/format/change_format.h"
#include "snapshot/reel/format/number_column.h"
#include "snapshot/symbols/address_guess.h"

namespace heapreel {

namespace {

using Figures = RecordedSiteChange::Figures;

// Writes a column of strictly ascending numbers.
template <class Row, class Field>
void write_ids(ByteWriter& out, const std::vector<Row>& rows, Field Row::*field) {
  uint64_t next = 0;
  write_lines(out, rows, [&](const Row& row) { return row.*field - std::exchange(next, uint64_t{row.*field} + 1); });
}

}  // namespace

void ChangeWriter::start(uint32_t game_frame, SiteTallies::Before before) {
  game_frame_ = game_frame;
  tallies_.start(std::move(before));
}

ByteWriter ChangeWriter::part(const RecordedChange& change) {
  ByteWriter out;
  write_deaths(out, change.died);
  write_births(out, change.born);
  write_sites(out, change.sites);
  return out;
}

void ChangeWriter::write_deaths(ByteWriter& out, const std::vector<RecordedBlock>& died) {
  out.varint(died.size());
  write_ids(out, died, &RecordedBlock::id);
  for (const RecordedBlock& block : died) tallies_.at(block.site).died(block.size, game_frame_ - block.born);
}

void ChangeWriter::write_births(ByteWriter& out, const std::vector<RecordedBlock>& born) {
  out.varint(born.size());
  write_ids(out, born, &RecordedBlock::id);
  write_lines(out, born, [](const RecordedBlock& block) { return block.site; });
  write_lines(out, born, [this](const RecordedBlock& block) {
    SiteTally& tally = tallies_.at(block.site);
    const uint64_t usual = tally.usual_size;
    tally.born(block.size);
    return zigzag(block.size - usual);
  });
  AddressGuess guess;
  write_lines(out, born, [&guess](const RecordedBlock& block) {
    AddressGuess::Run& run = guess.of(block.size);
    const uint64_t address = change_format::packed_address(block.address);
    const uint64_t expected = run.next();
    run.note(address);
    return zigzag(address - expected);
  });
  uint32_t game_frame = game_frame_;
  write_lines(out, born, [&](const RecordedBlock& block) {
    return zigzag(uint64_t{block.born} - std::exchange(game_frame, block.born));
  });
  uint32_t thread = 0;
  write_lines(out, born, [&](const RecordedBlock& block) {
    return zigzag(uint64_t{block.thread} - std::exchange(thread, block.thread));
  });
}

void ChangeWriter::write_sites(ByteWriter& out, const std::vector<RecordedSiteChange>& sites) {
  out.varint(sites.size());
  write_ids(out, sites, &RecordedSiteChange::site);
  std::vector<Figures> surprises;
  surprises.reserve(sites.size());
  for (const RecordedSiteChange& site : sites) {
    const SiteTally& tally = tallies_.at(site.site);
    const uint64_t unlisted = site.growth[change_format::kAllocs] - tally.born_blocks;
    const auto expected = std::bit_cast<Figures>(tally.growth(unlisted));
    Figures& surprise = surprises.emplace_back(site.growth);
    for (size_t i = 0; i < surprise.size(); ++i) surprise[i] -= expected[i];
    surprise[change_format::kAllocs] = unlisted;
  }
  for (size_t figure = change_format::kFiguresFromBlocks; figure < RecordedSiteChange::kFigures; ++figure) {
    write_lines(out, surprises, [figure](const Figures& surprise) { return zigzag(surprise[figure]); });
  }
}

}  // namespace heapreel
