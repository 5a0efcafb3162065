#include "tools/command/report/stream_columns.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace heapreel::tools {
namespace {

constexpr size_t kParts = 5;
constexpr size_t kReallocs = 3;
constexpr size_t kForgotten = 4;
constexpr uint64_t kMostExact = uint64_t{1} << 53;  // the page calculates with numbers up to this

// Bytes of `blocks` blocks of the size of the known ones, if those have one size; 0 when there is no guess.
uint64_t guessed_bytes(uint64_t known_blocks, uint64_t known_bytes, uint64_t blocks) {
  if (known_blocks == 0) return 0;
  if (known_blocks == blocks) return known_bytes;
  if (known_bytes % known_blocks != 0) return 0;
  const uint64_t size = known_bytes / known_blocks;
  return size != 0 && blocks <= kMostExact / size ? size * blocks : 0;
}

}  // namespace

uint64_t StreamColumns::guess(Memory& memory, size_t part, const Amount& amount) {
  // Blocks that are freed were kept before, and blocks that are kept now replace those that were freed.
  const size_t other = part == 0 ? 2 : 0;
  const Amount* guesses[] = {&memory.last[part], &memory.before_last[part], &memory.last[other],
                             &memory.before_last[other]};
  uint64_t held = 0;
  for (size_t i = 0; i < std::size(guesses) && held == 0; ++i) {
    const uint64_t bytes = guessed_bytes(guesses[i]->blocks, guesses[i]->bytes, amount.blocks);
    if (bytes != 0 && bytes == amount.bytes) held = i + 1;
  }
  memory.before_last[part] = std::exchange(memory.last[part], amount);
  return held;
}

uint32_t StreamColumns::kind_of(uint32_t bits) {
  const auto [entry, is_new] = kind_places_.try_emplace(bits, static_cast<uint32_t>(kind_bits_.size()));
  if (is_new) {
    kind_bits_.push_back(bits);
    kind_uses_.push_back(0);
  }
  ++kind_uses_[entry->second];
  return entry->second;
}

void StreamColumns::add(std::span<const uint8_t> stream) {
  ByteReader in(stream);
  Memory memory;
  uint64_t records = 0;
  for (; in.left() > 0; ++records) {
    const uint64_t head = in.varint();
    if (head == 0) {
      kinds_.push_back(0);
      repeats_.varint(in.varint());
      continue;
    }
    gaps_.varint(head / 32);
    uint64_t bits = head % 32;
    for (size_t part = 0; part < kParts; ++part) {
      if ((head >> part & 1) == 0) continue;
      const Amount amount{in.varint(), in.varint()};
      if (amount.blocks == 1) {
        bits |= uint64_t{1} << (kParts + part);
      } else {
        blocks_.varint(amount.blocks - 2);
      }
      if (part == kReallocs) continue;
      if (part == kForgotten) {
        forgotten_.varint(amount.bytes);
        continue;
      }
      const uint64_t held = guess(memory, part, amount);
      bits |= held << (2 * kParts + 3 * part);
      if (held != 0) continue;
      low_[part].u8(static_cast<uint8_t>(amount.bytes));
      rest_[part].varint(amount.bytes >> 8);
    }
    kinds_.push_back(kind_of(static_cast<uint32_t>(bits)) + 1);
  }
  records_.push_back(records);
}

void StreamColumns::write(ByteWriter& out) const {
  std::vector<uint32_t> order(kind_bits_.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, [this](uint32_t a, uint32_t b) { return kind_uses_[a] > kind_uses_[b]; });
  std::vector<uint32_t> place(order.size());
  for (uint32_t i = 0; i < order.size(); ++i) place[order[i]] = i;

  ByteWriter records, kinds;
  for (const uint64_t count : records_) records.varint(count);
  for (const uint32_t kind : kinds_) kinds.varint(kind == 0 ? 0 : place[kind - 1] + 1);
  out.varint(records_.size());
  out.varint(order.size());
  for (const uint32_t kind : order) out.varint(kind_bits_[kind]);
  const auto column = [&out](const ByteWriter& bytes) {
    out.varint(bytes.bytes().size());
    out.append(bytes);
  };
  for (const ByteWriter* bytes :
       {&std::as_const(records), &std::as_const(kinds), &gaps_, &repeats_, &blocks_, &forgotten_}) {
    column(*bytes);
  }
  for (size_t part = 0; part < kSized; ++part) {
    column(low_[part]);
    column(rest_[part]);
  }
}

}  // namespace heapreel::tools
