// A call stack as it was captured: program counters, not yet resolved.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace heapreel {

struct RecordedStack {
  enum class Kind : uint8_t {
    kWalked = 0,
    kUnknown = 1,   // no stack could be walked
    kDegraded = 2,  // not walked because of overload
  };

  Kind kind = Kind::kUnknown;
  uint32_t total_depth = 0;       // of the whole stack, also when not all of it was kept; 0 = not known
  bool approximate = false;       // a frame was guessed
  std::span<const uint64_t> pcs;  // most recent first, as engine/unwind/frame_pc.h stores them
  std::shared_ptr<const uint64_t[]> own_pcs = nullptr;  // the memory of `pcs`, where nobody else keeps it
  uint32_t known_modules = 0;                           // how many modules were known when it was recorded
};

}  // namespace heapreel
