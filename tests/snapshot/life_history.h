// The oracle for what happens to blocks over game frames: one lock, one list of lives, every event recorded and noted
// under it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <heapreel/key_type.h>
#include <heapreel/traceback.h>

namespace heapreel::testing {

class LifeHistory {
 public:
  static constexpr uint32_t kNever = UINT32_MAX;

  struct Life {
    uint32_t domain;
    uint32_t scope;
    uint32_t thread;             // kernel's id
    std::vector<uintptr_t> pcs;  // most recent first
    uint64_t size;
    bool moved_into;        // born by a realloc
    uint32_t born;          // game frames
    uint32_t died;          // kNever while it lives
    uint32_t freed_by = 0;  // thread that ended it; kernel's id
  };

  // Records a block with a walked stack, so that the module of this code is known. Clear the traces afterwards.
  static void make_code_known();

  // Registers domains and scopes: tracing must be on.
  LifeHistory();

  // One random allocation, free or realloc by the calling thread.
  void step(std::mt19937_64& random);
  // The game frame that events belong to from here on.
  void set_game_frame(uint32_t number) { game_frame_ = number; }

  const std::vector<Life>& lives() const { return lives_; }

  // The name of the group that a life falls into; equal to name_of() what the snapshot calls it.
  std::string group_of(const Life& life, KeyType key) const;
  static std::string name_of(const Traceback& group, KeyType key);

 private:
  using Place = std::pair<uint32_t, uintptr_t>;  // domain, address

  Life new_life(std::mt19937_64& random, uint32_t domain);
  uintptr_t free_address(std::mt19937_64& random, uint32_t domain);
  void bear(Place place, Life life);

  std::vector<std::pair<uint32_t, std::string>> domains_;
  std::vector<std::pair<uint32_t, std::string>> scopes_;

  std::mutex mutex_;
  uint32_t game_frame_ = 0;
  std::vector<Life> lives_;
  std::map<Place, size_t> live_;  // index in lives_
};

}  // namespace heapreel::testing
