#include "tools/command/run/frame_entry.h"

#include <elf.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "snapshot/symbols/demangle.h"
#include "snapshot/symbols/elf_file.h"
#include "snapshot/symbols/elf_symbols.h"
#include "snapshot/text/function_name.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/nearest_name.h"

namespace heapreel::tools {
namespace {

struct Function {
  std::string name;
  uint64_t start;
  uint64_t end;
};

// "Game::tick" of "void Game::tick<int>(float)", where the brackets of a template's arguments are kept.
std::string without_parameters(const std::string& demangled) {
  const std::string_view name = without_return_type(demangled);
  int depth = 0;
  for (size_t at = name.size(); at-- > 0;) {
    if (name[at] == ')') ++depth;
    if (name[at] == '(' && --depth == 0) return std::string(name.substr(0, at));
  }
  return std::string(name);
}

bool is_line(std::string_view name) {
  const size_t colon = name.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || name[colon - 1] == ':' || colon + 1 == name.size()) return false;
  return std::ranges::all_of(name.substr(colon + 1), [](unsigned char c) { return std::isdigit(c) != 0; });
}

template <class T>
T read_at(std::span<const uint8_t> bytes, uint64_t offset) {
  T value = {};
  if (offset <= bytes.size() && sizeof value <= bytes.size() - offset) {
    std::memcpy(&value, bytes.data() + offset, sizeof value);
  }
  return value;
}

// The function's bytes in the file; empty where no segment of code holds all of them.
std::span<const uint8_t> code_of(const ElfFile& file, const Function& function) {
  const std::span<const uint8_t> bytes = file.content();
  const auto header = read_at<Elf64_Ehdr>(bytes, 0);
  if (header.e_ident[EI_CLASS] != ELFCLASS64) return {};
  for (uint64_t i = 0; i < header.e_phnum; ++i) {
    const auto segment = read_at<Elf64_Phdr>(bytes, header.e_phoff + i * header.e_phentsize);
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
    const uint64_t from = function.start - segment.p_vaddr;
    if (from >= segment.p_filesz || segment.p_offset > bytes.size() ||
        segment.p_filesz > bytes.size() - segment.p_offset) {
      continue;
    }
    return bytes.subspan(segment.p_offset + from, std::min(function.end - function.start, segment.p_filesz - from));
  }
  return {};
}

}  // namespace

hooks::FrameEntry find_frame_entry(const std::string& path, const std::string& name) {
  const auto refuse = [&](const std::string& why) { return usage_error(format("run: --frame-at: {}", why)); };
  if (is_line(name)) {
    throw refuse(
        format("{} is a line: name the function that begins a game frame, as heapreel changes a program at the "
               "beginning of a function only",
               name));
  }
  std::string error;
  const std::unique_ptr<ElfFile> file = ElfFile::open(path, error);
  if (file == nullptr) throw refuse(error);
  const ElfSymbols symbols(*file);
  if (symbols.empty()) throw refuse(format("{}: has no symbol table: it was stripped", path));
  std::vector<Function> found;
  std::vector<std::string> known;
  symbols.for_each([&](const char* mangled, uint64_t start, uint64_t end) {
    const std::string demangled = demangle(mangled);
    std::string short_name = without_parameters(demangled);
    if (name == mangled || name == demangled || name == short_name) found.push_back({demangled, start, end});
    known.push_back(std::move(short_name));
  });
  if (found.empty()) throw refuse(format("{}: has no function {}{}", path, name, nearest_hint(name, known)));
  if (found.size() > 1) {
    std::string all;
    for (const Function& function : found) all += (all.empty() ? "" : ", ") + function.name;
    throw refuse(format("{}: several functions are named {}: {}", path, name, all));
  }
  const std::span<const uint8_t> code = code_of(*file, found[0]);
  const size_t moved = hooks::movable_entry_bytes(code.data(), code.size());
  if (moved == 0 || hooks::may_jump_into_entry(code.data(), code.size(), moved)) {
    throw refuse(
        format("{}: the first instructions of {} cannot be replaced by a jump: name a function that it calls, or "
               "that calls it, or mark game frames in the source (HEAPREEL_GAME_FRAME)",
               path, found[0].name));
  }
  return {.vaddr = found[0].start, .bytes = code.size(), .hash = hooks::hash_of_code(code.data(), code.size())};
}

}  // namespace heapreel::tools
