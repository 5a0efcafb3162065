// A game of one million live blocks whose ten budgets are judged in every game frame, on the thread that consolidates.
#pragma once

#include <string>
#include <vector>

#include "bench/game_load.h"
#include "snapshot/reel/in_process_judge.h"

namespace heapreel::bench {

class JudgedGame {
 public:
  static constexpr uint32_t kEvents = 5'000;  // of a game frame

  JudgedGame(uint64_t live, bool is_judged) : load_(live, 200), judge_(*engine::tracer_state(), nullptr) {
    for (uint32_t i = 0; i < kTags; ++i) tags_.push_back(engine::register_scope(("Tag" + std::to_string(i)).c_str()));
    if (is_judged) {
      // Kept, as budgets of a game are: limits of every kind that a program can declare.
      for (uint32_t i = 0; i < kTags; ++i) declare("Tag" + std::to_string(i));
      declare("*");
      declare("domain:malloc");
    }
    require(engine::listen(judge_), "nobody tells the judge");
    for (int i = 0; i < 3; ++i) {
      play();
      end_game_frame();
      TracerSetup::round();
    }
  }
  ~JudgedGame() {
    engine::FrozenTraces last;
    require(engine::stop_listening(last), "the judge is told of more");
    std::vector<std::string> reasons;
    require(judge_.exit_status(nullptr, reasons) == 0, "a budget is broken, or could not be judged");
    if (last.store_epoch != 0) engine::Consolidator::drop(*engine::tracer_state(), last.generation, last.store_epoch);
  }
  JudgedGame(const JudgedGame&) = delete;
  JudgedGame& operator=(const JudgedGame&) = delete;

  // The allocations and frees of one game frame.
  void play() {
    for (const uint32_t tag : tags_) {
      engine::set_scope(tag);
      load_.game_frame(kEvents / kTags);
    }
    engine::set_scope(0);
  }
  static void end_game_frame() { engine::game_frame(); }

 private:
  static constexpr uint32_t kTags = 8;

  static void declare(const std::string& name) {
    require(engine::declare_budget(name.c_str(), {uint64_t{1} << 40, uint64_t{1} << 40, uint64_t{1} << 40}),
            "no budget");
  }

  TracerSetup tracer_{false};
  GameLoad load_;
  std::vector<uint32_t> tags_;
  InProcessJudge judge_;
};

}  // namespace heapreel::bench
