// What the tracer's own memory is made of. Plain data, in bytes.
#pragma once

#include <cstdint>

namespace heapreel::engine {

struct OwnMemory {
  uint64_t rings = 0;          // events on their way, and room for more
  uint64_t threads = 0;        // what is known of each thread: its stacks and their places
  uint64_t block_maps = 0;     // where the program's blocks are
  uint64_t records = 0;        // of live blocks, and free slots beside them
  uint64_t sites = 0;          // sums by site, thread and size
  uint64_t tracebacks = 0;     // call stacks
  uint64_t frozen_copies = 0;  // copies of what changed since the frozen states that are still held
  uint64_t names = 0;          // of threads, tags, domains, modules
  uint64_t others = 0;         // free pages of the store, requests for snapshots, queues, fixed tables

  uint64_t total() const;
};

// The parts in order of the struct, each once: `key` for machines, `name` for people.
struct OwnMemoryPart {
  const char* key;
  const char* name;
  uint64_t OwnMemory::*bytes;
};
inline constexpr OwnMemoryPart kOwnMemoryParts[] = {
    {"rings", "rings", &OwnMemory::rings},
    {"threads", "threads", &OwnMemory::threads},
    {"block_maps", "block maps", &OwnMemory::block_maps},
    {"records", "records", &OwnMemory::records},
    {"sites", "sites", &OwnMemory::sites},
    {"tracebacks", "tracebacks", &OwnMemory::tracebacks},
    {"frozen_copies", "frozen copies", &OwnMemory::frozen_copies},
    {"names", "names", &OwnMemory::names},
    {"others", "others", &OwnMemory::others},
};

inline uint64_t OwnMemory::total() const {
  uint64_t bytes = 0;
  for (const OwnMemoryPart& part : kOwnMemoryParts) bytes += this->*part.bytes;
  return bytes;
}

}  // namespace heapreel::engine
