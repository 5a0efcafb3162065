// Every module whose code was ever on a recorded stack: its addresses, when it was loaded, which build it is, and which
// file.
//
// Entries are only added and never move, in one block of memory that the engine supplies. All of it is plain data:
// another process that maps the block may read it at any moment, also after this process was killed. A module may be
// listed twice when two threads met it at the same moment. Both entries are equal, and readers drop one.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/unwind/module_image.h"

namespace heapreel::engine {

// Sync edges:
//   [module.generation] g_generation: release in bump_generation -> acquire in current_generation. Whoever sees the new
//                       generation sees the unload that caused it, and drops what it knew of the old code.
//   [module.install]    g_table: release in install -> acquire in installed. Carries the block's mapping.
//   [module.count]      count_: release in append -> acquire in count. Carries took_over_.
//   [module.publish]    Instance::published: release at the end of append -> acquire in instance. Carries the rest.
//   [module.directory]  directory_: release in note_directory -> acquire in note_directory and write_path. Carries the
//                       text of the current directory's name.
class ModuleTable {
 public:
  static constexpr uint32_t kCapacity = 8192;
  static constexpr uint32_t kTextCapacity = 2u << 20;
  static constexpr uint32_t kStillLoaded = UINT32_MAX;
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr uint32_t kOverflowed = kCapacity + 1;  // stands for the count of known modules when some did not fit

  struct Instance {
    uintptr_t start;
    uintptr_t end;
    uintptr_t load_bias;
    uint64_t fingerprint;                       // tells builds apart that carry no build-id
    uint32_t loaded_generation;                 // when it was first seen
    std::atomic<uint32_t> unloaded_generation;  // when it was found replaced, or kStillLoaded
    uint32_t build_id_size;
    uint8_t build_id[ModuleImage::kMaxBuildId];
    uint32_t path_at;  // in the text area
    uint32_t path_size;
    bool took_over;   // another module was in its range before it
    bool first_here;  // no other module was in its range before this one, or an equal one
    std::atomic<uint32_t> published;

    // At most the room that there is, even if the size was overwritten.
    uint32_t build_id_bytes() const noexcept {
      const uint32_t bytes = build_id_size;
      return bytes < ModuleImage::kMaxBuildId ? bytes : ModuleImage::kMaxBuildId;
    }
  };

  // Zeroed memory of sizeof(ModuleTable) bytes is an empty table.
  static ModuleTable* at(void* zeroed) noexcept { return static_cast<ModuleTable*>(zeroed); }

  // Records the module unless it is already here. `name` is the loader's (link_map), empty for the program.
  // Lock-free, no allocation; async-signal-safe. System calls only when a module is new.
  void note(const ModuleImage& image, const char* name) noexcept;

  // Notes the path of the program. Call it once, before any walk, because a program may later give up the right to ask,
  // or change its root.
  void note_program() noexcept;
  // Notes the current directory, from which relative names are understood. Call it before any walk, and before the
  // loader is given a name that is not absolute.
  void note_directory() noexcept;

  // Readers: instances [0, count()), null for one that is still being written.
  uint32_t count() const noexcept;
  const Instance* instance(uint32_t position) const noexcept;
  std::string_view path(const Instance& instance) const noexcept {
    const uint32_t at = instance.path_at;
    const uint32_t size = instance.path_size;
    if (at > kTextCapacity || size > kTextCapacity - at) return {};
    return {text_ + at, size};
  }

  // --- whose code an address is ---------------------------------------------------------------------------------
  // A module that is loaded where another one was takes over its addresses. A captured stack says how many modules
  // were known at that moment: the modules on it are among those, and no later one can be.

  // The number of known modules, which a capture notes.
  uint32_t known() const noexcept { return overflowed() == 0 ? count() : kOverflowed; }

  // The instance that had `address` when the first `known` modules were known: the most recent one that covers it,
  // because whatever was there before had to be unloaded first. kNone when the address is in no file, or in a module
  // that did not fit.
  uint32_t find(uintptr_t address, uint32_t known) const noexcept;

  // The largest count that gives the same answers as `known` so far.
  uint32_t settled(uint32_t known) const noexcept;

  // Whether any module took the place of another one. If none did, equal addresses are equal code.
  bool any_took_over() const noexcept {
    count();  // [module.count] acquire
    // relaxed: ordered by the above
    return took_over_.load(std::memory_order_relaxed) != 0;
  }
  // A hash of the modules of those frames (frame_pc.h) whose module is not the first in its range. Stacks with equal
  // modules have equal hashes.
  uint64_t hash_of(const uint64_t* pcs, uint32_t depth, uint32_t known) const noexcept;
  // Whether every frame lies in the same module at both counts of known modules.
  bool are_same(const uint64_t* pcs, uint32_t depth, uint32_t known, uint32_t other_known) const noexcept;

  // Modules that did not fit (counted each time a walk met one), and paths that did not.
  // relaxed: statistics
  uint32_t overflowed() const noexcept { return overflowed_.load(std::memory_order_relaxed); }
  // relaxed: as above
  uint32_t paths_overflowed() const noexcept { return paths_overflowed_.load(std::memory_order_relaxed); }

  // Sets the table in which walks note modules; null for none. Begins a new generation, so that every module that is
  // still in use is noted again.
  static void install(ModuleTable* table) noexcept;
  static ModuleTable* installed() noexcept {
    // [module.install] acquire
    return g_table.load(std::memory_order_acquire);
  }

  // To be called when code may be unloaded, before and after, by whoever sees it happen.
  static void bump_generation() noexcept {
    // [module.generation] release
    g_generation.fetch_add(1, std::memory_order_release);
  }
  static uint32_t current_generation() noexcept {
    // [module.generation] acquire
    return g_generation.load(std::memory_order_acquire);
  }

 private:
  struct Identity;

  struct Neighbours {
    bool loaded = false;     // the module is listed already
    bool took_over = false;  // Instance::took_over
    bool first_here = true;  // Instance::first_here
  };

  Neighbours close_overlapping(const ModuleImage& image, const Identity& identity, uint32_t generation) noexcept;
  void append(const ModuleImage& image, const Identity& identity, uint32_t generation, const char* name,
              Neighbours neighbours) noexcept;
  const Instance* successor(uint64_t pc, uint32_t known) const noexcept;
  void write_path(Instance& instance, const char* name) noexcept;
  // A place in the text area.
  struct alignas(8) Text {  // one word for the processor
    uint32_t at;
    uint32_t size;
  };
  // Room for a text of `size` bytes; its size is 0 when there is none.
  Text take_text(size_t size) noexcept;

  static std::atomic<uint32_t> g_generation;
  static std::atomic<ModuleTable*> g_table;

  std::atomic<uint32_t> count_;
  std::atomic<uint32_t> took_over_;  // how many instances took another one's place
  std::atomic<uint32_t> text_used_;
  Text program_;                 // set by note_program
  std::atomic<Text> directory_;  // the latest one
  std::atomic<uint32_t> overflowed_;
  std::atomic<uint32_t> paths_overflowed_;
  Instance instances_[kCapacity];
  char text_[kTextCapacity];
};

}  // namespace heapreel::engine
