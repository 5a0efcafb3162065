// A module of this machine laid out in memory as the loader would, without running any of it.
#pragma once

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "engine/unwind/module_image.h"

namespace heapreel::engine {

class MappedElf {
 public:
  explicit MappedElf(const std::string& path) : file_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    Elf64_Ehdr header;
    if (file_ < 0 || pread(file_, &header, sizeof header, 0) != sizeof header ||
        std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
      return;
    }
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_phentsize != sizeof(Elf64_Phdr)) return;
    machine_ = header.e_machine;
    std::vector<Elf64_Phdr> segments(header.e_phnum);
    const size_t bytes = segments.size() * sizeof(Elf64_Phdr);
    if (pread(file_, segments.data(), bytes, static_cast<off_t>(header.e_phoff)) != static_cast<ssize_t>(bytes)) return;
    map(segments);
  }
  ~MappedElf() {
    if (memory_ != nullptr) munmap(memory_, size_);
    if (file_ >= 0) close(file_);
  }
  MappedElf(const MappedElf&) = delete;
  MappedElf& operator=(const MappedElf&) = delete;

  bool ok() const { return ok_; }
  int file() const { return file_; }
  uint16_t machine() const { return machine_; }  // EM_*
  const ModuleImage& image() const { return image_; }
  // The bytes of the mapping may be changed (they are private to the test).
  uint8_t* memory() const { return static_cast<uint8_t*>(memory_); }

 private:
  void map(const std::vector<Elf64_Phdr>& segments) {
    constexpr uintptr_t kPage = 4096;
    uintptr_t low = UINTPTR_MAX;
    uintptr_t high = 0;
    uintptr_t index = 0;
    for (const Elf64_Phdr& segment : segments) {
      if (segment.p_type == PT_GNU_EH_FRAME) index = segment.p_vaddr;
      if (segment.p_type != PT_LOAD) continue;
      low = std::min(low, segment.p_vaddr & ~(kPage - 1));
      high = std::max(high, (segment.p_vaddr + segment.p_memsz + kPage - 1) & ~(kPage - 1));
    }
    if (low >= high) return;
    size_ = high - low;
    memory_ = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory_ == MAP_FAILED) {
      memory_ = nullptr;
      return;
    }
    const uintptr_t bias = reinterpret_cast<uintptr_t>(memory_) - low;
    for (const Elf64_Phdr& segment : segments) {
      if (segment.p_type != PT_LOAD || segment.p_filesz == 0) continue;
      const uintptr_t inside = segment.p_vaddr & (kPage - 1);
      if (mmap(reinterpret_cast<void*>(bias + segment.p_vaddr - inside), segment.p_filesz + inside,
               PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, file_,
               static_cast<off_t>(segment.p_offset - inside)) == MAP_FAILED) {
        return;
      }
    }
    ok_ = image_.read(bias + low, bias + high, bias, index != 0 ? reinterpret_cast<void*>(bias + index) : nullptr);
  }

  int file_;
  uint16_t machine_ = EM_NONE;
  void* memory_ = nullptr;
  size_t size_ = 0;
  ModuleImage image_;
  bool ok_ = false;
};

// Calls `visit` with every entry of the module's .eh_frame.
template <typename Visit>
void for_each_cfi_entry(const CfiTables& tables, Visit visit) {
  const uint8_t* at = tables.frames_begin;
  CfiBytes record;
  while (tables.frames.contains(at) && read_cfi_record(at, tables.frames, record)) {
    CfiEntry entry;
    if (read_cfi_entry(at, tables.frames, entry)) visit(entry);
    at = record.end;
  }
}

}  // namespace heapreel::engine
