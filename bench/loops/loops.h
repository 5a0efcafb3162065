// The allocation patterns that heapreel and its peers are compared on. The first is friendly to a tracer; the others
// are what games do: many call sites, many live blocks, blocks that one thread makes and another frees.
#pragma once

#include "bench/loops/measured.h"

namespace heapreel::bench::loops {

// malloc(64) and free, `depth` (8 or 30) frames deep, `pairs` times on each of `threads` threads.
Measured tight(int depth, int threads, uint64_t pairs);

// `live` blocks of 16 to 4,096 bytes from 20 call sites 12 frames deep; `replacements` times one of them is freed and
// another made. The first blocks are not measured.
Measured churn(uint64_t live, uint64_t replacements);

// One thread makes `blocks` blocks (rounded up to whole batches of 1,024) 8 frames deep, another frees them.
Measured hand_over(uint64_t blocks);

// A level of `live` blocks of 16 to 1,024 bytes from 40 call sites 8 to 30 frames deep, made and never freed.
Measured level_load(uint64_t live);

struct GameOptions {
  uint64_t game_frames = 600;
  uint64_t blocks_per_game_frame = 5000;
  uint64_t live = 1'000'000;
  uint64_t period_us = 0;  // of a game frame; 0: the next one begins at once
};

// Game frames over such a level, which is not measured. Of a game frame's blocks four in five die within it, the others
// up to 60 game frames later.
Measured game(const GameOptions& options);

}  // namespace heapreel::bench::loops
