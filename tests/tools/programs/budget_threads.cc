// A game of 6 game frames whose audio threads allocate nothing but 4 blocks of 40 bytes in game frame 3, together.
//
//     budget_threads [others] [keeps] [two]
//
// others: main allocates in every game frame too. keeps: audio frees its blocks in the next game frame; otherwise main
// does in the same one. two: there are two threads of that name, which allocate 2 blocks each.
#define HEAPREEL_ENABLE
#define HEAPREEL_WEAK
#include <heapreel/engine.h>

#include <pthread.h>

#include <cstdlib>
#include <cstring>

namespace {

constexpr int kGameFrames = 6;
constexpr int kBlocks = 4;

int audio_threads = 1;
bool main_allocates = false;
bool keeps_blocks = false;
pthread_barrier_t begin_game_frame;
pthread_barrier_t end_game_frame;
void* mixed[kBlocks];

void mix(int first, int blocks) {
  for (int i = first; i < first + blocks; ++i) mixed[i] = std::malloc(40);
}

void* run_audio(void* first_block) {
  pthread_setname_np(pthread_self(), "audio");
  const int first = *static_cast<int*>(first_block);
  const int blocks = kBlocks / audio_threads;
  for (int number = 0; number < kGameFrames; ++number) {
    pthread_barrier_wait(&begin_game_frame);
    if (number == 3) mix(first, blocks);
    if (number == 4 && keeps_blocks) {
      for (int i = first; i < first + blocks; ++i) std::free(mixed[i]);
    }
    pthread_barrier_wait(&end_game_frame);
  }
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    main_allocates = main_allocates || std::strcmp(argv[i], "others") == 0;
    keeps_blocks = keeps_blocks || std::strcmp(argv[i], "keeps") == 0;
    if (std::strcmp(argv[i], "two") == 0) audio_threads = 2;
  }
  pthread_barrier_init(&begin_game_frame, nullptr, static_cast<unsigned>(audio_threads) + 1);
  pthread_barrier_init(&end_game_frame, nullptr, static_cast<unsigned>(audio_threads) + 1);
  pthread_t threads[2];
  int first_blocks[] = {0, kBlocks / 2};
  for (int i = 0; i < audio_threads; ++i) pthread_create(&threads[i], nullptr, run_audio, &first_blocks[i]);
  for (int number = 0; number < kGameFrames; ++number) {
    pthread_barrier_wait(&begin_game_frame);
    void* own = main_allocates ? std::malloc(100) : nullptr;
    pthread_barrier_wait(&end_game_frame);
    std::free(own);
    if (number == 3 && !keeps_blocks) {
      for (void* block : mixed) std::free(block);
    }
    HEAPREEL_GAME_FRAME();
  }
  for (int i = 0; i < audio_threads; ++i) pthread_join(threads[i], nullptr);
  return 0;
}
