// Tracebacks as a program makes them: paths through a tree of calls, which share their outer frames.
#pragma once

#include <heapreel/traceback.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace heapreel::bench {

// `count` different ones, each `depth` frames deep, of `files` source files. Equal frames are one object, as resolved
// ones are.
inline std::vector<Traceback> call_tree_tracebacks(uint32_t count, uint32_t depth, uint32_t files) {
  constexpr uint32_t kLinesPerFile = 40;
  std::vector<Frame> known;
  for (uint32_t file = 0; file < files; ++file) {
    for (uint32_t line = 1; line <= kLinesPerFile; ++line) {
      known.emplace_back(FrameDetails{.filename = "/home/ci/engine/src/module" + std::to_string(file) + ".cc",
                                      .lineno = line * 17,
                                      .function = "Module" + std::to_string(file) + "::step" + std::to_string(line / 4),
                                      .module = "/home/ci/engine/bin/game" + std::to_string(file % 8),
                                      .address = 0,
                                      .offset = 0});
    }
  }
  std::minstd_rand random(1);
  std::vector<Traceback> tracebacks;
  for (uint32_t i = 0; i < count; ++i) {
    // A neighbour's path down to a random depth; then a way of its own, which ends in a place of its own.
    const uint32_t shared = i == 0 ? 0 : static_cast<uint32_t>(random()) % depth;
    std::vector<Frame> frames;
    for (uint32_t at = 0; at + 1 < depth; ++at) {
      frames.push_back(at < shared ? tracebacks.back()[at] : known[random() % known.size()]);
    }
    frames.push_back(known[i % known.size()]);
    tracebacks.emplace_back(std::move(frames), depth);
  }
  return tracebacks;
}

}  // namespace heapreel::bench
