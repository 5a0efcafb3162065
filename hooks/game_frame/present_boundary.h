// Which calls that show a picture end a program's game frames.
//
// A call of one library leads to one of another (SDL_RenderPresent to SDL_GL_SwapWindow to glXSwapBuffers), and a game
// may show pictures in several windows. Of all these, one function on one window ends the game frames: the first that
// is called. When it is called no more, as after a loading window, the next one that is called twice in a row takes
// over.
#pragma once

#include <atomic>
#include <cstdint>

namespace heapreel::hooks {

class PresentBoundary {
 public:
  // Whether a call of function number `function` on `shown_on` (a window, a surface, a queue) ends a game frame. Any
  // thread. When several threads show pictures at once, one game frame more or less may end while another call takes
  // over.
  bool ends_game_frame(uint32_t function, uintptr_t shown_on) noexcept {
    const uint64_t call = uint64_t{function + 1} << kWindowBits | (shown_on & ((uint64_t{1} << kWindowBits) - 1));
    // relaxed, as all here: each word is all that is shared
    const uint64_t ours = ours_.load(std::memory_order_relaxed);
    if (call == ours || ours == 0) [[likely]]
      return take_over(call, ours);
    // relaxed: as above
    const uint32_t others = others_.load(std::memory_order_relaxed) + 1;
    // relaxed: as above
    if (call == other_.load(std::memory_order_relaxed) || others > kMostOthers) return take_over(call, ours);
    // relaxed: as above
    others_.store(others, std::memory_order_relaxed);
    // relaxed: as above
    other_.store(call, std::memory_order_relaxed);
    return false;
  }

 private:
  static constexpr int kWindowBits = 56;
  // After so many calls without one of ours, and none of them twice in a row, several windows take turns, and ours is
  // gone.
  static constexpr uint32_t kMostOthers = 16;

  bool take_over(uint64_t call, uint64_t ours) noexcept {
    // relaxed: see above; written only where it changes
    if (call != ours) ours_.store(call, std::memory_order_relaxed);
    // relaxed: as above
    if (others_.load(std::memory_order_relaxed) != 0) others_.store(0, std::memory_order_relaxed);
    // relaxed: as above
    other_.store(0, std::memory_order_relaxed);
    return true;
  }

  std::atomic<uint64_t> ours_{0};    // the call that ends game frames; 0: none yet
  std::atomic<uint64_t> other_{0};   // the last other call since then
  std::atomic<uint32_t> others_{0};  // how many other calls there were
};

}  // namespace heapreel::hooks
