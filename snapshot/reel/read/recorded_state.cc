#include "snapshot/reel/read/recorded_state.h"

#include <algorithm>
#include <array>
#include <bit>
#include <span>

#include "snapshot/reel/format/change_format.h"
#include "snapshot/reel/format/number_column.h"
#include "snapshot/symbols/address_guess.h"

namespace heapreel {

namespace {

using engine::SiteAggregate;
using Figures = RecordedSiteChange::Figures;

size_t entries(ByteReader& in) {
  const uint64_t count = in.varint();
  if (count > change_format::kMostEntries) throw ReelError("a section has more entries than any writer makes");
  return static_cast<size_t>(count);
}

// Columns are unpacked piece by piece, so that the pieces stay in the cache.
constexpr size_t kPiece = 512;
using Piece = std::array<uint64_t, kPiece>;

// Calls piece(first line, how many lines) for each.
template <class Visit>
void for_each_piece(size_t lines, Visit&& piece) {
  for (size_t first = 0; first < lines; first += kPiece) piece(first, std::min(kPiece, lines - first));
}

// A column of strictly ascending numbers.
class AscendingColumn {
 public:
  AscendingColumn(ByteReader& in, size_t lines) : gaps_(in, lines) {}

  // Reads a piece; pieces must be read in order.
  void read(size_t first, std::span<uint64_t> ids) {
    gaps_.read(first, ids);
    for (uint64_t& id : ids) {
      id = narrow(id > UINT32_MAX ? id : next_ + id);
      next_ = id + 1;
    }
  }

 private:
  const NumberColumn gaps_;
  uint64_t next_ = 0;
};

}  // namespace

RecordedState::RecordedState(const RecordedBlocks& blocks, const std::vector<SiteAggregate>& sites) : blocks_(blocks) {
  sites_.reserve(sites.size());
  for (const SiteAggregate& site : sites) sites_.push_back(std::bit_cast<Figures>(site));
}

void RecordedState::start_still(uint32_t game_frame) {
  game_frame_ = game_frame;
  changed_sites_.clear();
  tallies_.start([this](uint32_t site) {
    if (site >= sites_.size()) throw ReelError("a block names a site that is not there");
    return std::bit_cast<SiteAggregate>(sites_[site]);
  });
}

void RecordedState::apply(std::span<const uint8_t> section) {
  ByteReader in(section);
  apply_deaths(in);
  apply_births(in);
  apply_sites(in);
  in.expect_end();
}

void RecordedState::end_still() {
  if (!tallies_.all_settled()) throw ReelError("a site of its blocks has no figures");
}

std::vector<SiteAggregate> RecordedState::sites() const {
  std::vector<SiteAggregate> sites;
  sites.reserve(sites_.size());
  for (const Figures& figures : sites_) sites.push_back(std::bit_cast<SiteAggregate>(figures));
  return sites;
}

void RecordedState::apply_deaths(ByteReader& in) {
  const size_t count = entries(in);
  AscendingColumn ids(in, count);
  Piece piece;
  for_each_piece(count, [&](size_t first, size_t lines) {
    ids.read(first, std::span(piece).first(lines));
    for (size_t line = 0; line < lines; ++line) blocks_.expect(static_cast<engine::BlockId>(piece[line]));
    for (size_t line = 0; line < lines; ++line) {
      const BlockRow& block = blocks_.remove(static_cast<engine::BlockId>(piece[line]));
      tallies_.at(block.site).died(block.size, game_frame_ - block.born);
      if (listener_ != nullptr) listener_->died(block);
    }
  });
}

void RecordedState::apply_births(ByteReader& in) {
  const size_t count = entries(in);
  AscendingColumn ids(in, count);
  const NumberColumn columns[] = {{in, count}, {in, count}, {in, count}, {in, count}, {in, count}};
  Piece id;
  Piece sites, sizes, addresses, game_frames, threads;
  Piece* const pieces[] = {&sites, &sizes, &addresses, &game_frames, &threads};
  AddressGuess guess;
  uint64_t game_frame = game_frame_;
  uint64_t thread = 0;
  for_each_piece(count, [&](size_t first, size_t lines) {
    ids.read(first, std::span(id).first(lines));
    for (size_t line = 0; line < lines; ++line) blocks_.expect(static_cast<engine::BlockId>(id[line]));
    for (size_t i = 0; i < std::size(columns); ++i) columns[i].read(first, std::span(*pieces[i]).first(lines));
    for (size_t line = 0; line < lines; ++line) {
      RecordedBlock block;
      block.id = static_cast<engine::BlockId>(id[line]);
      block.site = narrow(sites[line]);
      SiteTally& tally = tallies_.at(block.site);
      block.size = tally.usual_size + unzigzag(sizes[line]);
      tally.born(block.size);
      AddressGuess::Run& run = guess.of(block.size);
      const uint64_t address = run.next() + unzigzag(addresses[line]);
      run.note(address);
      block.address = change_format::unpacked_address(address);
      block.born = narrow(game_frame += unzigzag(game_frames[line]));
      block.thread = narrow(thread += unzigzag(threads[line]));
      blocks_.add(block);
      if (listener_ != nullptr) listener_->born({block.address, block.size, block.site, block.born, block.thread});
    }
  });
}

void RecordedState::apply_sites(ByteReader& in) {
  const size_t count = entries(in);
  AscendingColumn ids(in, count);
  std::vector<NumberColumn> surprises;
  for (size_t i = change_format::kFiguresFromBlocks; i < RecordedSiteChange::kFigures; ++i)
    surprises.emplace_back(in, count);
  const NumberColumn& unlisted = surprises[change_format::kAllocs - change_format::kFiguresFromBlocks];
  Piece sites;
  Piece numbers;
  for_each_piece(count, [&](size_t first, size_t lines) {
    ids.read(first, std::span(sites).first(lines));
    unlisted.read(first, std::span(numbers).first(lines));
    for (size_t line = 0; line < lines; ++line) {
      grow(static_cast<uint32_t>(sites[line]), unzigzag(numbers[line]));
    }
    for (size_t i = change_format::kFiguresFromBlocks; i < RecordedSiteChange::kFigures; ++i) {
      const NumberColumn& column = surprises[i - change_format::kFiguresFromBlocks];
      if (i == change_format::kAllocs || column.all_zero()) continue;
      column.read(first, std::span(numbers).first(lines));
      for (size_t line = 0; line < lines; ++line) sites_[sites[line]][i] += unzigzag(numbers[line]);
    }
  });
}

void RecordedState::grow(uint32_t site, uint64_t unlisted) {
  SiteTally& tally = tallies_.at(site);
  if (tally.settled) throw ReelError("a site changes twice");
  tally.settled = true;
  changed_sites_.push_back(site);
  const auto growth = std::bit_cast<Figures>(tally.growth(unlisted));
  for (size_t i = 0; i < growth.size(); ++i) sites_[site][i] += growth[i];
}

}  // namespace heapreel
