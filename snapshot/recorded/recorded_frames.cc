#include "snapshot/recorded/recorded_frames.h"

#include <algorithm>
#include <map>

#include "engine/unwind/frame_pc.h"
#include "snapshot/model/hash.h"

namespace heapreel {

namespace {

namespace frame_pc = engine::frame_pc;

Frame frame_of(const SourceFrame& source, uint64_t address) {
  return Frame({.filename = source.filename,
                .lineno = source.lineno,
                .function = source.function,
                .module = source.module,
                .address = address,
                .offset = source.offset});
}

// Code of no module: a JIT's, or a module that was gone before it could be noted.
Frame unknown_frame(uint64_t address) {
  return Frame(
      {.filename = "<unknown>", .lineno = 0, .function = {}, .module = {}, .address = address, .offset = address});
}

}  // namespace

size_t RecordedFrames::HashPlace::operator()(const Place& place) const {
  return combine_hash(std::hash<uint64_t>()(place.pc), place.module);
}

std::vector<Traceback> RecordedFrames::tracebacks(std::span<const RecordedStack> stacks,
                                                  const RecordedModules& modules) {
  resolve_new(stacks, modules);
  std::vector<Traceback> result;
  result.reserve(stacks.size());
  for (const RecordedStack& stack : stacks) result.push_back(traceback(stack, modules));
  return result;
}

SymbolCoverage RecordedFrames::coverage() const {
  SymbolCoverage coverage = symbolizer_.coverage();
  coverage.outside_modules = outside_modules_;
  return coverage;
}

void RecordedFrames::resolve_new(std::span<const RecordedStack> stacks, const RecordedModules& modules) {
  std::map<uint32_t, std::vector<Places::iterator>> by_module;
  for (const RecordedStack& stack : stacks) {
    for (const uint64_t pc : stack.pcs) {
      const uint64_t address = frame_pc::lookup_address(pc);
      const uint32_t module = modules.find(address, stack.known_modules);
      const auto [place, is_new] = places_.try_emplace({pc, module});
      if (!is_new) continue;
      if (module == RecordedModules::kNone) {
        place->second.push_back(unknown_frame(address));
        ++outside_modules_;
      } else {
        by_module[module].push_back(place);
      }
    }
  }
  for (const auto& [module, places] : by_module) {
    std::vector<uint64_t> addresses;
    addresses.reserve(places.size());
    for (const auto& place : places) addresses.push_back(frame_pc::lookup_address(place->first.pc));
    const std::vector<SourceFrames> resolved = symbolizer_.resolve(modules.at(module).image, addresses);
    for (size_t i = 0; i < places.size(); ++i) {
      for (const SourceFrame& source : resolved[i]) places[i]->second.push_back(frame_of(source, addresses[i]));
    }
  }
}

Traceback RecordedFrames::traceback(const RecordedStack& stack, const RecordedModules& modules) const {
  if (stack.kind == RecordedStack::Kind::kDegraded) return Traceback({Frame("<degraded>", 0)}, std::nullopt);
  if (stack.pcs.empty()) return Traceback({Frame("<unknown>", 0)}, 1);
  std::vector<Frame> frames;
  for (const uint64_t pc : stack.pcs) {
    const uint32_t module = modules.find(frame_pc::lookup_address(pc), stack.known_modules);
    const std::vector<Frame>& inlined = places_.find({pc, module})->second;
    frames.insert(frames.end(), inlined.begin(), inlined.end());
  }
  std::ranges::reverse(frames);
  const auto total = stack.total_depth != 0 ? std::optional(stack.total_depth) : std::nullopt;
  return Traceback(std::move(frames), total);
}

}  // namespace heapreel
