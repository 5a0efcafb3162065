#include "snapshot/reel/format/number_column.h"

#include <algorithm>
#include <bit>

namespace heapreel {

void write_column(ByteWriter& out, std::span<const uint64_t> numbers) {
  uint64_t any = 0;
  for (const uint64_t number : numbers) any |= number;
  const int planes = (std::bit_width(any) + 7) / 8;
  out.u8(static_cast<uint8_t>(planes));
  Bytes plane(numbers.size());
  for (int place = 0; place < planes; ++place) {
    out.end_column();
    for (size_t i = 0; i < numbers.size(); ++i) plane[i] = static_cast<uint8_t>(numbers[i] >> (8 * place));
    out.raw(plane);
  }
  out.end_column();
}

NumberColumn::NumberColumn(ByteReader& in, size_t lines) : planes_(in.u8()), lines_(lines) {
  if (planes_ > sizeof(uint64_t)) throw ReelError("a number is out of range");
  if (planes_ != 0 && lines > in.left() / planes_) throw ReelError("a section ends early");
  bytes_ = in.raw(planes_ * lines).data();
}

void NumberColumn::read(size_t first, std::span<uint64_t> numbers) const {
  std::ranges::fill(numbers, 0);
  for (unsigned plane = 0; plane < planes_; ++plane) {
    const uint8_t* bytes = bytes_ + plane * lines_ + first;
    for (size_t i = 0; i < numbers.size(); ++i) numbers[i] |= uint64_t{bytes[i]} << (8 * plane);
  }
}

}  // namespace heapreel
