// A column of numbers, plane by plane: first the lowest bytes of all numbers, then the second ones, as many planes as
// the largest number needs. Each plane is compressed with frequencies of its own, and any line can be read without
// those before it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "snapshot/reel/format/reel_bytes.h"

namespace heapreel {

void write_column(ByteWriter& out, std::span<const uint64_t> numbers);

// Writes a column: `number` is called once for each line, in order, and returns what the line is.
template <class Rows, class Number>
void write_lines(ByteWriter& out, const Rows& rows, Number&& number) {
  std::vector<uint64_t> numbers;
  numbers.reserve(rows.size());
  for (const auto& row : rows) numbers.push_back(number(row));
  write_column(out, numbers);
}

// The place of a column in a payload. The payload must outlive it.
class NumberColumn {
 public:
  // Takes a column of `lines` numbers. Throws ReelError.
  NumberColumn(ByteReader& in, size_t lines);

  // Reads the numbers from line `first` on, as many as `numbers` holds; the column must have them.
  void read(size_t first, std::span<uint64_t> numbers) const;

  bool all_zero() const { return planes_ == 0; }

 private:
  unsigned planes_;
  size_t lines_;
  const uint8_t* bytes_;
};

}  // namespace heapreel
