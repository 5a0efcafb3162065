// Reads the payloads of sections one after the other, in the same memory.
#pragma once

#include <cstdint>
#include <span>

#include "snapshot/reel/format/reusable_buffer.h"
#include "snapshot/reel/read/reel_input.h"

namespace heapreel {

// One thread.
class SectionReader {
 public:
  // `input` outlives it.
  explicit SectionReader(const ReelInput& input) : input_(input) {}

  // The payload of the section at `offset`, checked and unpacked: valid until the next call. Throws ReelError.
  std::span<const uint8_t> payload(uint64_t offset, const SectionHeader& header) {
    const auto stored = stored_.of(header.stored_bytes);
    input_.read(offset + reel_format::kSectionHeaderBytes, stored);
    return unpack_section(header, offset, stored, unpacked_);
  }

 private:
  const ReelInput& input_;
  ReusableBuffer stored_;
  ReusableBuffer unpacked_;
};

}  // namespace heapreel
