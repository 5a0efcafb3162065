#include "snapshot/recorded/module_file.h"

#include <xxhash.h>

#include <cstring>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "engine/unwind/module_fingerprint.h"
#include "snapshot/symbols/elf_file.h"

namespace heapreel {
namespace {

// An ELF file as the loader sees it: little-endian, 64 bits, with all of its program headers.
class LoadedLayout {
 public:
  explicit LoadedLayout(std::span<const uint8_t> file) : file_(file) {
    Elf64_Ehdr header;
    if (file.size() < sizeof header) return;
    std::memcpy(&header, file.data(), sizeof header);
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_phentsize != sizeof(Elf64_Phdr)) return;
    if (header.e_phoff > file.size() || header.e_phnum > (file.size() - header.e_phoff) / sizeof(Elf64_Phdr)) return;
    headers_.resize(header.e_phnum);
    std::memcpy(headers_.data(), file.data() + header.e_phoff, headers_.size() * sizeof(Elf64_Phdr));
  }

  const std::vector<Elf64_Phdr>& headers() const { return headers_; }

  // The bytes of the file from `vaddr` on, as far as the segment around it has bytes in the file.
  std::span<const uint8_t> at(uint64_t vaddr) const {
    for (const Elf64_Phdr& segment : headers_) {
      if (segment.p_type != PT_LOAD || vaddr < segment.p_vaddr || vaddr - segment.p_vaddr >= segment.p_filesz) continue;
      if (segment.p_offset > file_.size() || segment.p_filesz > file_.size() - segment.p_offset) return {};
      return file_.subspan(segment.p_offset + (vaddr - segment.p_vaddr), segment.p_filesz - (vaddr - segment.p_vaddr));
    }
    return {};
  }

  // The bytes from the index of the unwind tables to the end of its segment.
  std::span<const uint8_t> unwind_index() const {
    for (const Elf64_Phdr& segment : headers_) {
      if (segment.p_type == PT_GNU_EH_FRAME) return at(segment.p_vaddr);
    }
    return {};
  }

 private:
  std::span<const uint8_t> file_;
  std::vector<Elf64_Phdr> headers_;
};

// The fingerprint that identifies a module without a build-id, whatever its file says of itself.
std::optional<uint64_t> fingerprint_of(const ElfFile& file) {
  const LoadedLayout layout(file.content());
  if (layout.headers().empty()) return std::nullopt;
  const std::span<const uint8_t> index = layout.unwind_index();
  const auto piece = [&layout](uint64_t vaddr, size_t size) noexcept -> const uint8_t* {
    const std::span<const uint8_t> bytes = layout.at(vaddr);
    return bytes.size() < size ? nullptr : bytes.data();
  };
  return engine::module_fingerprint(layout.headers().data(), layout.headers().size(), index.data(), index.size(), false,
                                    piece);
}

}  // namespace

std::vector<uint8_t> content_id_of(const ElfFile& file) {
  const std::span<const uint8_t> bytes = file.content();
  if (bytes.empty()) return {};
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  return {std::begin(canonical.digest), std::end(canonical.digest)};
}

std::vector<uint8_t> content_id_of_loaded(const std::string& path, uint64_t fingerprint) {
  std::string error;
  const std::unique_ptr<ElfFile> file = path.starts_with('/') ? ElfFile::open(path, error) : nullptr;
  if (file == nullptr || fingerprint_of(*file) != fingerprint) return {};
  return content_id_of(*file);
}

void prove_by_content(ModuleImage& module, std::vector<uint8_t> content_id) {
  module.content_name = content_id.empty() ? "" : "file-" + to_hex(content_id);
  module.is_same_file = [id = std::move(content_id)](const ElfFile& file) {
    return !id.empty() && content_id_of(file) == id;
  };
}

void prove_by_fingerprint(ModuleImage& module, uint64_t fingerprint) {
  module.is_same_file = [fingerprint](const ElfFile& file) { return fingerprint_of(file) == fingerprint; };
}

}  // namespace heapreel
