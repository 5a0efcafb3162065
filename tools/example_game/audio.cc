#include "tools/example_game/audio.h"

#include <pthread.h>

#include <cmath>

#include <heapreel/engine.h>

Audio::Audio(bool allocates) : allocates_(allocates), voices_(16 * 1024), out_(512), thread_([this] { run(); }) {}
Audio::~Audio() {
  quit_ = true;
  todo_.release();
  thread_.join();
}
void Audio::run() {
  pthread_setname_np(pthread_self(), "audio");
  HEAPREEL_TAG("Audio/Mix");
  for (;;) {
    todo_.acquire();
    if (quit_) return;
    for (size_t i = 0; i < out_.size(); ++i) {
      float sum = 0;
      for (size_t v = 0; v < 16; ++v) sum += voices_[v * 1024 + (i + blocks_) % 1024];
      out_[i] = std::tanh(sum);
    }
    if (++blocks_ % 97 == 0 && allocates_) reverb_ = std::make_unique<std::vector<float>>(480);  // DEFECT 4
    done_.release();
  }
}
