#include "snapshot/reel/read/cross_thread_section.h"

#include <heapreel/errors.h>

#include "snapshot/reel/format/number_column.h"

namespace heapreel {

std::vector<CrossThreadGrowth> read_cross_thread_section(std::span<const uint8_t> payload, uint32_t last_still,
                                                         uint32_t sites) {
  ByteReader in(payload);
  const size_t count = in.count(1);  // each row has at least one free, which takes a byte
  std::vector<CrossThreadGrowth> rows(count);
  std::vector<uint64_t> stills(count), gaps(count), numbers(count);
  NumberColumn(in, count).read(0, stills);
  NumberColumn(in, count).read(0, gaps);
  uint64_t still = 0;
  uint64_t next_site = 0;
  for (size_t line = 0; line < count; ++line) {
    if (stills[line] > last_still - still) throw ReelError("frees by other threads belong to no still");
    if (stills[line] != 0) next_site = 0;
    still += stills[line];
    if (next_site >= sites || gaps[line] >= sites - next_site) {
      throw ReelError("frees by other threads name a site that is not there");
    }
    rows[line].still = static_cast<uint32_t>(still);
    rows[line].site = static_cast<uint32_t>(next_site + gaps[line]);
    next_site = uint64_t{rows[line].site} + 1;
  }
  const auto read = [&](auto&& set) {
    NumberColumn(in, count).read(0, numbers);
    for (size_t line = 0; line < count; ++line) set(rows[line].growth, numbers[line]);
  };
  using engine::CrossThreadFrees;
  const auto less = [](uint64_t all, uint64_t part) {
    if (part > all) throw ReelError("more blocks were freed later than were freed");
    return all - part;
  };
  read([](CrossThreadFrees& row, uint64_t number) { row.frees = number; });
  read([](CrossThreadFrees& row, uint64_t number) { row.freed_bytes = number; });
  read([&](CrossThreadFrees& row, uint64_t number) { row.temporary_frees = less(row.frees, number); });
  read([&](CrossThreadFrees& row, uint64_t number) { row.temporary_bytes = less(row.freed_bytes, number); });
  in.expect_end();
  return rows;
}

}  // namespace heapreel
