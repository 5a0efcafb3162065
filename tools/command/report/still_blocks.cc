#include "tools/command/report/still_blocks.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "snapshot/statistics/size_bins.h"

namespace heapreel::tools {
namespace {

struct Block {
  uint64_t address;
  uint64_t size;
  uint32_t site;
  uint32_t born;
};

struct Sum {
  uint64_t blocks = 0;
  uint64_t bytes = 0;
  void add(uint64_t size) {
    ++blocks;
    bytes += size;
  }
};

void write_births(ByteWriter& out, std::vector<Block>& all) {
  std::ranges::sort(
      all, [](const Block& a, const Block& b) { return a.site != b.site ? a.site < b.site : a.born < b.born; });
  struct Row {
    uint32_t site;
    uint32_t born;
    Sum sum;
  };
  std::vector<Row> rows;
  for (const Block& block : all) {
    if (rows.empty() || rows.back().site != block.site || rows.back().born != block.born) {
      rows.push_back({block.site, block.born, {}});
    }
    rows.back().sum.add(block.size);
  }
  out.varint(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) out.varint(rows[i].site - (i == 0 ? 0 : rows[i - 1].site));
  for (size_t i = 0; i < rows.size(); ++i) {
    const bool goes_on = i != 0 && rows[i].site == rows[i - 1].site;
    out.varint(rows[i].born - (goes_on ? rows[i - 1].born : 0));
  }
  for (const Row& row : rows) out.varint(row.sum.blocks);
  for (const Row& row : rows) out.varint(row.sum.bytes);
}

void write_sums(ByteWriter& out, const std::map<uint32_t, Sum>& sums) {
  out.varint(sums.size());
  for (const auto& [number, sum] : sums) out.varint(number);
  for (const auto& [number, sum] : sums) out.varint(sum.blocks);
  for (const auto& [number, sum] : sums) out.varint(sum.bytes);
}

// Blocks by size class.
class SizeClasses {
 public:
  explicit SizeClasses(SizeBinning binning) : binning_(binning) {}

  void add(uint64_t size, bool is_rounded) {
    Class& found = classes_[bin_of(size, binning_)];
    found.sum.add(size);
    if (is_rounded && binning_ == SizeBinning::mimalloc_class) found.slack += mimalloc_block_bytes(size) - size;
  }

  void write(ByteWriter& out) const {
    out.varint(classes_.size());
    for (const auto& [most, one] : classes_) out.varint(most);
    for (const auto& [most, one] : classes_) out.varint(one.sum.blocks);
    for (const auto& [most, one] : classes_) out.varint(one.sum.bytes);
    for (const auto& [most, one] : classes_) out.varint(one.slack);
  }

 private:
  struct Class {
    Sum sum;
    uint64_t slack = 0;
  };
  const SizeBinning binning_;
  std::map<uint64_t, Class> classes_;
};

struct Cell {
  uint64_t number;
  uint64_t bytes;
  uint64_t blocks;
  uint32_t site;
};

// Calls visit(cell, bytes of the block in it) for the cells in which a block lies. A block of 0 bytes lies in one cell.
template <class Visit>
void for_each_cell(const Block& block, unsigned shift, Visit&& visit) {
  const uint64_t last = (block.address + std::max<uint64_t>(block.size, 1) - 1) >> shift;
  for (uint64_t cell = block.address >> shift; cell <= last; ++cell) {
    const uint64_t begin = std::max(block.address, cell << shift);
    const uint64_t end = std::min(block.address + block.size, (cell + 1) << shift);
    visit(cell, end > begin ? end - begin : 0);
  }
}

// How many cells of 2^shift bytes have a block in them; stops counting above `most`.
size_t cells_in_use(const std::vector<Block>& by_address, unsigned shift, size_t most) {
  size_t count = 0;
  uint64_t next = 0;  // the first cell that was not counted
  for (const Block& block : by_address) {
    const uint64_t first = std::max(block.address >> shift, next);
    const uint64_t last = (block.address + std::max<uint64_t>(block.size, 1) - 1) >> shift;
    if (last < first) continue;
    count += last - first + 1;
    next = last + 1;
    if (count > most) break;
  }
  return count;
}

// The part of a block that lies in one cell.
struct Piece {
  uint64_t cell;
  uint64_t bytes;
  uint32_t site;
  uint32_t begins;  // 1 in the block's first cell, else 0
};

// Blocks of one domain may lie inside a block of another one, as those of an arena do, so that pieces do not ascend in
// the order of blocks.
std::vector<Piece> pieces_of(const std::vector<Block>& all, unsigned shift) {
  std::vector<Piece> pieces;
  pieces.reserve(all.size());
  for (const Block& block : all) {
    for_each_cell(block, shift, [&](uint64_t cell, uint64_t bytes) {
      pieces.push_back({cell, bytes, block.site, cell == block.address >> shift ? 1u : 0u});
    });
  }
  std::ranges::sort(
      pieces, [](const Piece& a, const Piece& b) { return a.cell != b.cell ? a.cell < b.cell : a.site < b.site; });
  return pieces;
}

void write_cells(ByteWriter& out, std::vector<Block>& all, size_t most) {
  std::ranges::sort(all, {}, &Block::address);
  unsigned shift = 12;
  while (cells_in_use(all, shift, most) > most) ++shift;
  std::vector<Cell> cells;
  uint64_t site_bytes = 0;  // what the site of the last piece has in that piece's cell so far
  uint64_t most_bytes = 0;  // what the largest site has in the last cell so far
  const Piece* last = nullptr;
  const std::vector<Piece> pieces = pieces_of(all, shift);
  for (const Piece& piece : pieces) {
    const bool same_cell = last != nullptr && last->cell == piece.cell;
    if (!same_cell) {
      cells.push_back({piece.cell, 0, 0, piece.site});
      most_bytes = 0;
    }
    site_bytes = (same_cell && last->site == piece.site ? site_bytes : 0) + piece.bytes;
    Cell& cell = cells.back();
    cell.bytes += piece.bytes;
    cell.blocks += piece.begins;
    if (site_bytes > most_bytes) {
      most_bytes = site_bytes;
      cell.site = piece.site;
    }
    last = &piece;
  }
  out.varint(shift);
  out.varint(cells.size());
  for (size_t i = 0; i < cells.size(); ++i) out.varint(cells[i].number - (i == 0 ? 0 : cells[i - 1].number));
  for (const Cell& cell : cells) out.varint(cell.bytes);
  for (const Cell& cell : cells) out.varint(cell.blocks);
  for (const Cell& cell : cells) out.varint(cell.site);
}

}  // namespace

Bytes StillBlocks::columns_of(const RecordedBlocks& blocks, const ReelContents& contents, SizeBinning binning,
                              bool with_births) {
  std::vector<Block> all;
  all.reserve(blocks.count());
  SizeClasses classes(binning);
  std::map<uint32_t, Sum> threads;
  blocks.for_each([&](engine::BlockId, const BlockRow& block) {
    all.push_back({block.address, block.size, block.site, contents.own_number(block.born)});
    classes.add(block.size, contents.tables().site(block.site).domain == 0);
    threads[block.thread].add(block.size);
  });
  ByteWriter out;
  if (with_births) {
    write_births(out, all);
  } else {
    out.varint(0);
  }
  classes.write(out);
  write_sums(out, threads);
  write_cells(out, all, kMostCells);
  return out.bytes();
}

}  // namespace heapreel::tools
