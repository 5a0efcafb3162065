// Many streams of sites in columns, where similar numbers stand together: they pack to half of what the streams would.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "snapshot/reel/format/reel_bytes.h"

namespace heapreel::tools {

// Takes streams apart into columns, from which the page makes the same streams again (tools/report/src/columns.ts).
//
// A record (site_stream.h) becomes one number, its kind, and what the kind does not say. A kind says which pairs the
// record has, which of them are of one block, and for whose bytes a guess holds: most sites ask for the same size
// again, or free what they allocated before. Written are
//   varint streams; varint kinds, and of each its bits, the most frequent first;
//   then each column: varint of its length, and its bytes. All columns are of varints, but for the low bytes:
//   records of each stream | kind of each record, 0: a repeat, else the kind's place + 1 | rows since the record before,
//   less one | how often the record before comes again | blocks, less two, where they are not one | bytes of forgotten
//   blocks | of blocks that outlived their game frame: low byte of the bytes; the rest of them | of temporaries | of
//   older blocks freed.
// A kind's bits: 0 to 4, which pairs there are; 5 to 9, which of them are of one block; from 10 on three bits each for
// kept, temporary and freed: which guess holds, 0: none, the bytes stand in their columns.
class StreamColumns {
 public:
  // A whole stream, as SiteStream::finish() returns it.
  void add(std::span<const uint8_t> stream);

  void write(ByteWriter& out) const;

 private:
  static constexpr size_t kSized = 3;  // kept, temporary, freed: pairs whose bytes are guessed

  struct Amount {
    uint64_t blocks = 0;
    uint64_t bytes = 0;
  };
  // What the stream had before, for guesses.
  struct Memory {
    std::array<Amount, kSized> last;
    std::array<Amount, kSized> before_last;
  };

  // The guess that is right, from 1; 0: none. Remembers the amount.
  static uint64_t guess(Memory& memory, size_t part, const Amount& amount);
  uint32_t kind_of(uint32_t bits);

  std::vector<uint64_t> records_;  // by stream
  std::vector<uint32_t> kinds_;    // by record; 0: a repeat, else place in kind_bits_ + 1
  std::vector<uint32_t> kind_bits_;
  std::vector<uint64_t> kind_uses_;
  std::unordered_map<uint32_t, uint32_t> kind_places_;
  ByteWriter gaps_;
  ByteWriter repeats_;
  ByteWriter blocks_;
  ByteWriter forgotten_;
  std::array<ByteWriter, kSized> low_;
  std::array<ByteWriter, kSized> rest_;
};

}  // namespace heapreel::tools
