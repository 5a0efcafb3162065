// An ELF file of given sections that exists in memory only.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

struct Elf;

namespace heapreel {

struct NamedSection {
  std::string name;
  std::span<const uint8_t> bytes;
};

// Refers to the sections' bytes, which must outlive it.
class ElfSections {
 public:
  explicit ElfSections(const std::vector<NamedSection>& sections);
  ~ElfSections();
  ElfSections(const ElfSections&) = delete;
  ElfSections& operator=(const ElfSections&) = delete;

  // Null when it could not be made.
  Elf* handle() const { return elf_; }

 private:
  std::vector<char> image_;
  Elf* elf_ = nullptr;
};

}  // namespace heapreel
