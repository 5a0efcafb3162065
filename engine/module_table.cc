#include "engine/module_table.h"

#include <cstring>

#include "engine/unwind_os.h"

namespace heapreel::engine {

constinit std::atomic<uint32_t> ModuleTable::g_generation{0};
constinit std::atomic<ModuleTable*> ModuleTable::g_table{nullptr};

struct ModuleTable::Identity {
  explicit Identity(const ModuleImage& image)
      : fingerprint(image.fingerprint()), build_id_size(image.build_id(build_id)) {}

  bool matches(const Instance& instance) const {
    return instance.fingerprint == fingerprint && instance.build_id_size == build_id_size &&
           std::memcmp(instance.build_id, build_id, build_id_size) == 0;
  }

  uint64_t fingerprint;
  uint8_t build_id[ModuleImage::kMaxBuildId] = {};
  uint32_t build_id_size;
};

void ModuleTable::install(ModuleTable* table) noexcept {
  // [module.install] release
  g_table.store(table, std::memory_order_release);
  bump_generation();
}

uint32_t ModuleTable::count() const noexcept {
  // relaxed: only a bound, each instance is published by itself
  const uint32_t count = count_.load(std::memory_order_relaxed);
  return count < kCapacity ? count : kCapacity;
}

const ModuleTable::Instance* ModuleTable::instance(uint32_t position) const noexcept {
  const Instance& instance = instances_[position];
  // [module.publish] acquire
  return instance.published.load(std::memory_order_acquire) != 0 ? &instance : nullptr;
}

void ModuleTable::note(const ModuleImage& image, const char* name) noexcept {
  const uint32_t generation = current_generation();
  const Identity identity(image);
  if (!find_loaded(image, identity, generation)) append(image, identity, generation, name);
}

// Whatever else is listed as loaded in the module's range cannot be there any more: it is closed on the way.
bool ModuleTable::find_loaded(const ModuleImage& image, const Identity& identity, uint32_t generation) noexcept {
  bool found = false;
  for (uint32_t i = 0, known = count(); i < known; ++i) {
    if (instance(i) == nullptr) continue;
    Instance& candidate = instances_[i];
    if (candidate.start >= image.end() || candidate.end <= image.start()) continue;
    // relaxed: set once, and whoever races to set it too means the same unload
    if (candidate.unloaded_generation.load(std::memory_order_relaxed) != kStillLoaded) continue;
    if (candidate.start == image.start() && candidate.end == image.end() && identity.matches(candidate)) {
      found = true;
    } else {
      // relaxed: readers pair it with the generation of a capture, not with other memory
      candidate.unloaded_generation.store(generation, std::memory_order_relaxed);
    }
  }
  return found;
}

void ModuleTable::append(const ModuleImage& image, const Identity& identity, uint32_t generation,
                         const char* name) noexcept {
  // relaxed: the slot is ours by the increment alone; [module.publish] carries its contents
  uint32_t position = count_.load(std::memory_order_relaxed);
  do {
    if (position >= kCapacity) {
      overflowed_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a statistic
      return;
    }
    // relaxed: hands out places
  } while (!count_.compare_exchange_weak(position, position + 1, std::memory_order_relaxed));

  Instance& instance = instances_[position];
  instance.start = image.start();
  instance.end = image.end();
  instance.load_bias = image.load_bias();
  instance.fingerprint = identity.fingerprint;
  instance.loaded_generation = generation;
  instance.unloaded_generation.store(kStillLoaded, std::memory_order_relaxed);  // relaxed: published below
  instance.build_id_size = identity.build_id_size;
  std::memcpy(instance.build_id, identity.build_id, sizeof instance.build_id);
  write_path(instance, name);
  instance.published.store(1, std::memory_order_release);  // [module.publish] release
}

// The loader's names are the program's own words: empty for the program itself, relative where dlopen was
// given a relative path. The path stored is absolute wherever it can be known without the loader's locks.
void ModuleTable::write_path(Instance& instance, const char* name) noexcept {
  constexpr size_t kMaxPath = 4096;
  const size_t name_size = name != nullptr ? strnlen(name, kMaxPath) : 0;
  const bool relative = name_size != 0 && name[0] != '/' && std::memchr(name, '/', name_size) != nullptr;
  const size_t room = name_size + (relative || name_size == 0 ? kMaxPath : 0);

  // relaxed: the bytes are ours by the increment alone; [module.publish] carries them
  uint32_t at = text_used_.load(std::memory_order_relaxed);
  do {
    if (room > kTextCapacity - at) {
      paths_overflowed_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a statistic
      return;
    }
    // relaxed: hands out places
  } while (!text_used_.compare_exchange_weak(at, at + static_cast<uint32_t>(room), std::memory_order_relaxed));

  char* const text = text_ + at;
  size_t size = 0;
  if (name_size == 0) {
    size = unwind_os::program_path(text, kMaxPath);
  } else {
    if (relative) {
      size = unwind_os::current_directory(text, kMaxPath - 1);
      if (size != 0) text[size++] = '/';
    }
    std::memcpy(text + size, name, name_size);
    size += name_size;
  }
  instance.path_at = at;
  instance.path_size = static_cast<uint32_t>(size);
}

}  // namespace heapreel::engine
