#include "engine/unwind/module_image.h"

#include <cstring>

namespace heapreel::engine {
namespace {

// The first page of the first segment is mapped whenever anything is, and every linker puts the program headers there.
// On systems with larger pages this is the beginning of one.
constexpr uintptr_t kHeaderPage = 4096;

uintptr_t align_up(uintptr_t value, uintptr_t alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

}  // namespace

bool ModuleImage::read(uintptr_t start, uintptr_t end, uintptr_t load_bias, const void* eh_frame_index) noexcept {
  *this = {};
  if (end < start || end - start < kHeaderPage) return false;
  const auto* const header = reinterpret_cast<const Elf64_Ehdr*>(start);
  if (std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_ident[EI_CLASS] != ELFCLASS64 ||
      header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phoff > kHeaderPage ||
      header->e_phoff % alignof(Elf64_Phdr) != 0 ||
      header->e_phnum > (kHeaderPage - header->e_phoff) / sizeof(Elf64_Phdr)) {
    return false;
  }
  const auto* const headers = reinterpret_cast<const Elf64_Phdr*>(start + header->e_phoff);
  if (!read(headers, header->e_phnum, load_bias, eh_frame_index) || start_ < start || end_ > end) {
    *this = {};
    return false;
  }
  return true;
}

bool ModuleImage::read(const Elf64_Phdr* headers, size_t count, uintptr_t load_bias,
                       const void* eh_frame_index) noexcept {
  *this = {};
  load_bias_ = load_bias;
  headers_ = headers;
  header_count_ = static_cast<uint32_t>(count);
  start_ = UINTPTR_MAX;
  for (size_t i = 0; i < count; ++i) {
    if (headers[i].p_type != PT_LOAD) continue;
    const uintptr_t begin = load_bias + headers[i].p_vaddr;
    const uintptr_t end = begin + headers[i].p_memsz;
    if (end < begin) return false;
    if (begin < start_) start_ = begin;
    if (end > end_) end_ = end;
  }
  if (start_ >= end_) return false;

  if (eh_frame_index != nullptr) {
    tables_.index = segment_from(static_cast<const uint8_t*>(eh_frame_index));
    tables_.frames_begin = tables_.index.empty() ? nullptr : eh_frame_of_index(tables_.index);
    tables_.frames = whole_segment(tables_.frames_begin);
  }
  return true;
}

CfiBytes ModuleImage::whole_segment(const uint8_t* at) const noexcept {
  const auto address = reinterpret_cast<uintptr_t>(at);
  for (uint32_t i = 0; i < header_count_; ++i) {
    const Elf64_Phdr& segment = headers_[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_R) == 0) continue;
    const uintptr_t begin = load_bias_ + segment.p_vaddr;
    const uintptr_t end = begin + segment.p_filesz;  // what lies beyond p_filesz is not from the file
    if (begin >= start_ && begin <= end && end <= end_ && address >= begin && address < end) {
      return {reinterpret_cast<const uint8_t*>(begin), reinterpret_cast<const uint8_t*>(end)};
    }
  }
  return {};
}

bool ModuleImage::is_code(uintptr_t address) const noexcept {
  for (uint32_t i = 0; i < header_count_; ++i) {
    const Elf64_Phdr& segment = headers_[i];
    const bool is_executable = segment.p_type == PT_LOAD && (segment.p_flags & PF_X) != 0;
    if (is_executable && address - (load_bias_ + segment.p_vaddr) < segment.p_memsz) return true;
  }
  return false;
}

CfiBytes ModuleImage::segment_from(const uint8_t* at) const noexcept {
  const CfiBytes segment = whole_segment(at);
  return segment.empty() ? CfiBytes{} : CfiBytes{at, segment.end};
}

uint32_t ModuleImage::build_id(uint8_t (&id)[kMaxBuildId]) const noexcept {
  constexpr char kGnu[] = "GNU";
  for (uint32_t i = 0; i < header_count_; ++i) {
    const Elf64_Phdr& notes = headers_[i];
    if (notes.p_type != PT_NOTE) continue;
    const CfiBytes mapped = segment_from(reinterpret_cast<const uint8_t*>(load_bias_ + notes.p_vaddr));
    if (notes.p_filesz > static_cast<size_t>(mapped.end - mapped.begin)) continue;
    const uintptr_t alignment = notes.p_align == 8 ? 8 : 4;
    CfiReader reader(mapped.begin, mapped.begin + notes.p_filesz);
    while (!reader.at_end()) {
      const auto name_size = reader.fixed<uint32_t>();
      const auto description_size = reader.fixed<uint32_t>();
      const auto type = reader.fixed<uint32_t>();
      // Descriptor and next note are aligned from where this one begins.
      constexpr uintptr_t kHeaderBytes = 3 * sizeof(uint32_t);
      const uint8_t* const name = reader.skip(align_up(kHeaderBytes + name_size, alignment) - kHeaderBytes);
      const uint8_t* const description = reader.skip(description_size);
      if (!reader.ok()) break;
      if (type == NT_GNU_BUILD_ID && name_size == sizeof kGnu && std::memcmp(name, kGnu, sizeof kGnu) == 0 &&
          description_size <= kMaxBuildId) {
        std::memcpy(id, description, description_size);
        return description_size;
      }
      reader.skip(align_up(description_size, alignment) - description_size);
    }
  }
  return 0;
}

}  // namespace heapreel::engine
