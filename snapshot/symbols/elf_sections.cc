#include "snapshot/symbols/elf_sections.h"

#include <elf.h>
#include <libelf.h>

#include <cstring>

namespace heapreel {

ElfSections::ElfSections(const std::vector<NamedSection>& sections) {
  // The image has headers and names first; the content of each section is put in its place once libelf knows the
  // section.
  std::string names(1, '\0');
  std::vector<Elf64_Shdr> headers(1);
  const auto add = [&](const std::string& name, uint32_t type) {
    Elf64_Shdr header{};
    header.sh_name = static_cast<Elf64_Word>(names.size());
    header.sh_type = type;
    header.sh_offset = sizeof(Elf64_Ehdr);
    header.sh_size = 1;
    header.sh_addralign = 1;
    names += name;
    names += '\0';
    headers.push_back(header);
  };
  for (const NamedSection& section : sections) add(section.name, SHT_PROGBITS);
  add(".shstrtab", SHT_STRTAB);
  headers.back().sh_size = names.size();

  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_REL;
  header.e_machine = EM_X86_64;
  header.e_version = EV_CURRENT;
  header.e_ehsize = sizeof(Elf64_Ehdr);
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = static_cast<Elf64_Half>(headers.size());
  header.e_shstrndx = static_cast<Elf64_Half>(headers.size() - 1);
  header.e_shoff = (sizeof(Elf64_Ehdr) + names.size() + 7) / 8 * 8;
  image_.resize(header.e_shoff + headers.size() * sizeof(Elf64_Shdr));
  std::memcpy(image_.data(), &header, sizeof header);
  std::memcpy(image_.data() + sizeof header, names.data(), names.size());
  std::memcpy(image_.data() + header.e_shoff, headers.data(), headers.size() * sizeof(Elf64_Shdr));

  elf_version(EV_CURRENT);
  elf_ = elf_memory(image_.data(), image_.size());
  for (size_t i = 0; elf_ != nullptr && i < sections.size(); ++i) {
    Elf_Data* data = elf_getdata(elf_getscn(elf_, i + 1), nullptr);
    if (data == nullptr) {
      elf_end(elf_);
      elf_ = nullptr;
      return;
    }
    data->d_buf = const_cast<uint8_t*>(sections[i].bytes.data());  // only ever read
    data->d_size = sections[i].bytes.size();
  }
}

ElfSections::~ElfSections() {
  elf_end(elf_);
}

}  // namespace heapreel
