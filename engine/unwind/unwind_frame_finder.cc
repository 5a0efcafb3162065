#include "engine/unwind/unwind_frame_finder.h"

#include <dlfcn.h>
#include <link.h>
#include <sys/auxv.h>

#include <cstring>

#include "engine/unwind/frame_pc.h"
#include "engine/unwind/module_image.h"
#include "engine/unwind/module_table.h"

namespace heapreel::engine {

namespace {

// A library is mapped as one piece that begins with its ELF header. The program itself is mapped by the kernel, perhaps
// in several pieces, and the loader reports only the piece that holds the address. That piece need not begin with the
// ELF header, so the program's headers come from the auxiliary vector.
bool read_image(const dl_find_object& found, ModuleImage& image) {
  const link_map& module = *found.dlfo_link_map;
  if (module.l_name == nullptr || module.l_name[0] == '\0') {
    return image.read(reinterpret_cast<const Elf64_Phdr*>(getauxval(AT_PHDR)), getauxval(AT_PHNUM), module.l_addr,
                      found.dlfo_eh_frame);
  }
  return image.read(reinterpret_cast<uintptr_t>(found.dlfo_map_start), reinterpret_cast<uintptr_t>(found.dlfo_map_end),
                    module.l_addr, found.dlfo_eh_frame);
}

}  // namespace

void UnwindFrameFinder::clear() noexcept {
  for (Module& module : modules_) module = {};
}

UnwindFrameFinder::Result UnwindFrameFinder::find(uintptr_t stored_pc) noexcept {
  const uintptr_t address = frame_pc::lookup_address(stored_pc);
  const Module* const module = find_module(address);
  if (module == nullptr) return {CfiSearch::kNotCovered, false};
  CfiSearch search = find_cfi_entry(module->tables, address, entry_);
  if (search == CfiSearch::kFound && !machine_.run(entry_, address)) search = CfiSearch::kDamaged;
  return {search, true};
}

bool UnwindFrameFinder::is_data_of_module(uintptr_t address) noexcept {
  dl_find_object found;  // lock-free: see find_module()
  ModuleImage image;
  return _dl_find_object(reinterpret_cast<void*>(address), &found) == 0 && read_image(found, image) &&
         !image.is_code(address);
}

const UnwindFrameFinder::Module* UnwindFrameFinder::find_module(uintptr_t address) noexcept {
  // glibc promises that this is lock-free and async-signal-safe. Every other way to the loader's lists takes a lock
  // that the program's threads may hold around a call of malloc.
  dl_find_object found;
  if (_dl_find_object(reinterpret_cast<void*>(address), &found) != 0) return nullptr;
  const auto start = reinterpret_cast<uintptr_t>(found.dlfo_map_start);
  const auto end = reinterpret_cast<uintptr_t>(found.dlfo_map_end);
  Module& module = modules_[(start >> 12 ^ start >> 17 ^ start >> 22) % kModules];
  if (module.start == start && module.end == end) return &module;

  ModuleImage image;
  if (!read_image(found, image)) return nullptr;
  if (ModuleTable* const table = ModuleTable::installed()) table->note(image, found.dlfo_link_map->l_name);
  module = {start, end, image.tables()};
  return &module;
}

}  // namespace heapreel::engine
