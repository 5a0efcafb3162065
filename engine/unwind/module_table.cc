#include "engine/unwind/module_table.h"

#include <cstring>

#include "engine/unwind/frame_pc.h"
#include "engine/unwind/unwind_os.h"

namespace heapreel::engine {

namespace {

constexpr size_t kMaxPath = 4096;

}  // namespace

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
  // [module.count] acquire; each instance is published by itself
  const uint32_t count = count_.load(std::memory_order_acquire);
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
  const Neighbours neighbours = close_overlapping(image, identity, generation);
  if (!neighbours.loaded) append(image, identity, generation, name, neighbours);
}

// Any other module that is listed as loaded in this range cannot be there any more: its entry is closed.
ModuleTable::Neighbours ModuleTable::close_overlapping(const ModuleImage& image, const Identity& identity,
                                                       uint32_t generation) noexcept {
  Neighbours neighbours;
  bool met_before = false;
  for (uint32_t i = 0, known = count(); i < known; ++i) {
    if (instance(i) == nullptr) continue;
    Instance& candidate = instances_[i];
    if (candidate.start >= image.end() || candidate.end <= image.start()) continue;
    const bool same = candidate.start == image.start() && candidate.end == image.end() && identity.matches(candidate);
    if (!same) {
      neighbours.took_over = true;
    } else if (!met_before) {
      met_before = true;
      neighbours.first_here = candidate.first_here;
    }
    // relaxed: set once, and whoever races to set it too means the same unload
    if (candidate.unloaded_generation.load(std::memory_order_relaxed) != kStillLoaded) continue;
    if (same) {
      neighbours.loaded = true;
    } else {
      // relaxed: readers pair it with the generation of a capture, not with other memory
      candidate.unloaded_generation.store(generation, std::memory_order_relaxed);
    }
  }
  if (!met_before) neighbours.first_here = !neighbours.took_over;
  return neighbours;
}

void ModuleTable::append(const ModuleImage& image, const Identity& identity, uint32_t generation, const char* name,
                         Neighbours neighbours) noexcept {
  // relaxed: [module.count] carries it
  if (neighbours.took_over) took_over_.fetch_add(1, std::memory_order_relaxed);
  // relaxed: the slot is ours by the increment alone; [module.publish] carries its contents
  uint32_t position = count_.load(std::memory_order_relaxed);
  do {
    if (position >= kCapacity) {
      overflowed_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a statistic
      return;
    }
    // [module.count] release; relaxed on failure: tried again
  } while (!count_.compare_exchange_weak(position, position + 1, std::memory_order_release, std::memory_order_relaxed));

  Instance& instance = instances_[position];
  instance.start = image.start();
  instance.end = image.end();
  instance.load_bias = image.load_bias();
  instance.fingerprint = identity.fingerprint;
  instance.loaded_generation = generation;
  instance.unloaded_generation.store(kStillLoaded, std::memory_order_relaxed);  // relaxed: published below
  instance.took_over = neighbours.took_over;
  instance.first_here = neighbours.first_here;
  instance.build_id_size = identity.build_id_size;
  std::memcpy(instance.build_id, identity.build_id, sizeof instance.build_id);
  write_path(instance, name);
  instance.published.store(1, std::memory_order_release);  // [module.publish] release
}

uint32_t ModuleTable::find(uintptr_t address, uint32_t known) const noexcept {
  const uint32_t met = count();
  for (uint32_t i = known < met ? known : met; i-- > 0;) {
    const Instance* candidate = instance(i);
    if (candidate == nullptr || address < candidate->start || address >= candidate->end) continue;
    // The module that took the place of a closed one may be among those that did not fit.
    // relaxed: set before the capture that names kOverflowed
    const bool closed = candidate->unloaded_generation.load(std::memory_order_relaxed) != kStillLoaded;
    return known == kOverflowed && closed ? kNone : i;
  }
  return kNone;
}

uint32_t ModuleTable::settled(uint32_t known) const noexcept {
  if (known == kOverflowed) return known;
  const uint32_t met = count();
  // relaxed: ordered by [module.count]
  if (took_over_.load(std::memory_order_relaxed) == 0) return met;
  while (known < met) {
    const Instance* next = instance(known);
    if (next == nullptr || next->took_over) break;
    ++known;
  }
  return known;
}

// The module of a frame, if it is not the first in its range.
const ModuleTable::Instance* ModuleTable::successor(uint64_t pc, uint32_t known) const noexcept {
  const uint32_t position = find(frame_pc::lookup_address(pc), known);
  return position == kNone || instances_[position].first_here ? nullptr : &instances_[position];
}

uint64_t ModuleTable::hash_of(const uint64_t* pcs, uint32_t depth, uint32_t known) const noexcept {
  uint64_t hash = 0;
  for (uint32_t i = 0; i < depth; ++i) {
    const Instance* module = successor(pcs[i], known);
    hash = (hash + (module == nullptr ? 0 : module->fingerprint | 1)) * 0x9e3779b97f4a7c15;
  }
  return hash;
}

bool ModuleTable::are_same(const uint64_t* pcs, uint32_t depth, uint32_t known, uint32_t other_known) const noexcept {
  for (uint32_t i = 0; i < depth; ++i) {
    const Instance* module = successor(pcs[i], known);
    const Instance* other = successor(pcs[i], other_known);
    if (module == other) continue;
    if (module == nullptr || other == nullptr) return false;
    if (module->start != other->start || module->fingerprint != other->fingerprint ||
        module->build_id_bytes() != other->build_id_bytes() ||
        std::memcmp(module->build_id, other->build_id, module->build_id_bytes()) != 0) {
      return false;
    }
  }
  return true;
}

ModuleTable::Text ModuleTable::take_text(size_t size) noexcept {
  // relaxed: the bytes are ours by the increment alone; whoever publishes the place carries them
  uint32_t at = text_used_.load(std::memory_order_relaxed);
  do {
    if (size > kTextCapacity - at) {
      paths_overflowed_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a statistic
      return {};
    }
    // relaxed: hands out places
  } while (!text_used_.compare_exchange_weak(at, at + static_cast<uint32_t>(size), std::memory_order_relaxed));
  return {.at = at, .size = static_cast<uint32_t>(size)};
}

void ModuleTable::note_program() noexcept {
  char path[kMaxPath];
  program_ = take_text(unwind_os::program_path(path, sizeof path));
  std::memcpy(text_ + program_.at, path, program_.size);
}

void ModuleTable::note_directory() noexcept {
  char path[kMaxPath];
  const size_t size = unwind_os::current_directory(path, sizeof path);
  // [module.directory] acquire
  const Text known = directory_.load(std::memory_order_acquire);
  if (size == 0 || (size == known.size && std::memcmp(path, text_ + known.at, size) == 0)) return;
  const Text text = take_text(size);
  std::memcpy(text_ + text.at, path, text.size);
  // [module.directory] release
  directory_.store(text, std::memory_order_release);
}

// The loader has each name as the program gave it: empty for the program itself, relative where dlopen got a relative
// path. The stored path is absolute wherever that can be known without asking the system.
void ModuleTable::write_path(Instance& instance, const char* name) noexcept {
  const size_t name_size = name != nullptr ? strnlen(name, kMaxPath) : 0;
  const bool relative = name_size != 0 && name[0] != '/' && std::memchr(name, '/', name_size) != nullptr;
  // [module.directory] acquire
  const Text directory = relative ? directory_.load(std::memory_order_acquire) : Text{};
  const size_t before = directory.size != 0 ? directory.size + size_t{1} : 0;
  const Text text = name_size == 0 ? program_ : take_text(before + name_size);
  if (name_size != 0 && text.size != 0) {
    char* const path = text_ + text.at;
    std::memcpy(path, text_ + directory.at, directory.size);
    if (before != 0) path[directory.size] = '/';
    std::memcpy(path + before, name, name_size);
  }
  instance.path_at = text.at;
  instance.path_size = text.size;
}

}  // namespace heapreel::engine
