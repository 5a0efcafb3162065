// A loaded module seen through its own program headers: what of it is mapped, its unwind tables, its
// identity.
#pragma once

#include <elf.h>

#include <cstdint>

#include "engine/unwind/cfi_index.h"

namespace heapreel::engine {

class ModuleImage {
 public:
  static constexpr uint32_t kMaxBuildId = 32;

  // Reads the ELF header at the start of a contiguous mapping, of which at least a page must be readable.
  // `eh_frame_index` is the module's .eh_frame_hdr, or null. False when no ELF header with usable program headers is
  // there.
  bool read(uintptr_t start, uintptr_t end, uintptr_t load_bias, const void* eh_frame_index) noexcept;

  // Reads the program headers alone, wherever their segments are mapped.
  bool read(const Elf64_Phdr* headers, size_t count, uintptr_t load_bias, const void* eh_frame_index) noexcept;

  uintptr_t start() const { return start_; }
  uintptr_t end() const { return end_; }
  uintptr_t load_bias() const { return load_bias_; }  // address = load_bias + ELF virtual address
  const CfiTables& tables() const { return tables_; }

  // Copies the GNU build-id and returns its length; 0 when the image has none.
  uint32_t build_id(uint8_t (&id)[kMaxBuildId]) const noexcept;

  // Whether `address` lies in a segment that the loader made executable.
  bool is_code(uintptr_t address) const noexcept;

  // A number that tells two builds apart that lie at one address: see module_fingerprint.h. Async-signal-safe. Without
  // a build-id it reads up to 256 KiB of the module, and asks the kernel whether it may, by at most 128 system calls.
  uint64_t fingerprint() const noexcept;

 private:
  // The rest of the readable segment from `at` on; empty when no segment holds it.
  CfiBytes segment_from(const uint8_t* at) const noexcept;
  CfiBytes whole_segment(const uint8_t* at) const noexcept;

  uintptr_t start_ = 0;
  uintptr_t end_ = 0;
  uintptr_t load_bias_ = 0;
  const Elf64_Phdr* headers_ = nullptr;
  uint32_t header_count_ = 0;
  CfiTables tables_;
};

}  // namespace heapreel::engine
