// Makes tracebacks from captured stacks: each program counter is resolved once, in batches, and inlined calls become
// frames.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include <heapreel/traceback.h>

#include "snapshot/recorded/recorded_modules.h"
#include "snapshot/recorded/recorded_stack.h"
#include "snapshot/symbols/symbolizer.h"

namespace heapreel {

// One thread at a time.
class RecordedFrames {
 public:
  explicit RecordedFrames(SymbolizerOptions options) : symbolizer_(std::move(options)) {}

  // One traceback for each stack, in their order; none is empty. A stack that was not walked is a single frame,
  // "<unknown>" or "<degraded>".
  std::vector<Traceback> tracebacks(std::span<const RecordedStack> stacks, const RecordedModules& modules);

  const std::vector<std::string>& warnings() const { return symbolizer_.warnings(); }
  SymbolCoverage coverage() const;

 private:
  struct Place {
    uint64_t pc;  // as stored
    uint32_t module;

    friend bool operator==(const Place&, const Place&) = default;
  };
  struct HashPlace {
    size_t operator()(const Place& place) const;
  };
  using Places = std::unordered_map<Place, std::vector<Frame>, HashPlace>;  // innermost first

  void resolve_new(std::span<const RecordedStack> stacks, const RecordedModules& modules);
  Traceback traceback(const RecordedStack& stack, const RecordedModules& modules) const;

  Symbolizer symbolizer_;
  Places places_;
  size_t outside_modules_ = 0;
};

}  // namespace heapreel
