// A number that tells two builds of a module apart. It is computed from what is mapped of a module, so that a loaded
// module and its file have the same number.
#pragma once

#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace heapreel::engine {

class ModuleFingerprint {
 public:
  uint64_t value() const noexcept { return hash_; }

  void add(const uint8_t* bytes, size_t count) noexcept {
    for (; count >= sizeof(uint64_t); bytes += sizeof(uint64_t), count -= sizeof(uint64_t)) {
      uint64_t word;
      std::memcpy(&word, bytes, sizeof word);
      add(word);
    }
    for (size_t i = 0; i < count; ++i) add(bytes[i]);
  }
  void add(uint64_t word) noexcept {
    hash_ = (hash_ ^ word) * 0x100000001b3;  // FNV-1a, by words
    hash_ ^= hash_ >> 32;
  }

 private:
  uint64_t hash_ = 0xcbf29ce484222325;
};

// How many bytes of the index of the unwind tables take part at most.
inline constexpr size_t kFingerprintIndexBytes = 1024;

// A build-id is enough. Without one the code and the constants take part as well, because two builds of a plugin may
// differ only by one number in their code. Of a large module only an evenly spread sample is read, because the program
// waits meanwhile.
//
// `piece(vaddr, size)` returns the bytes that the linker put at that address, or null where they cannot be read.
template <class Piece>
uint64_t module_fingerprint(const Elf64_Phdr* headers, size_t count, const uint8_t* index, size_t index_bytes,
                            bool has_build_id, Piece piece) noexcept {
  constexpr size_t kPieceBytes = 4096;
  constexpr size_t kMostPieces = 64;
  ModuleFingerprint fingerprint;
  fingerprint.add(reinterpret_cast<const uint8_t*>(headers), count * sizeof(Elf64_Phdr));
  fingerprint.add(index, index_bytes < kFingerprintIndexBytes ? index_bytes : kFingerprintIndexBytes);
  if (has_build_id) return fingerprint.value();

  const auto is_constant = [](const Elf64_Phdr& segment) {
    return segment.p_type == PT_LOAD && (segment.p_flags & PF_R) != 0 && (segment.p_flags & PF_W) == 0;
  };
  const auto pieces_of = [](const Elf64_Phdr& segment) {
    return segment.p_filesz / kPieceBytes + (segment.p_filesz % kPieceBytes != 0);
  };
  size_t all = 0;
  for (size_t i = 0; i < count; ++i) all += is_constant(headers[i]) ? pieces_of(headers[i]) : 0;
  const size_t step = all / kMostPieces + (all % kMostPieces != 0);
  size_t number = 0;
  for (size_t i = 0; i < count; ++i) {
    const Elf64_Phdr& segment = headers[i];
    if (!is_constant(segment)) continue;
    for (size_t k = 0, pieces = pieces_of(segment); k < pieces; ++k, ++number) {
      if (number % step != 0) continue;
      const size_t left = segment.p_filesz - k * kPieceBytes;
      const size_t size = left < kPieceBytes ? left : kPieceBytes;
      const uint8_t* const bytes = piece(segment.p_vaddr + k * kPieceBytes, size);
      if (bytes == nullptr) {
        fingerprint.add(uint64_t{0});  // equals nothing that a file can have here
      } else {
        fingerprint.add(bytes, size);
      }
    }
  }
  return fingerprint.value();
}

}  // namespace heapreel::engine
