// One thing that the doctor looked at.
#pragma once

#include <string>

namespace heapreel::tools {

struct Finding {
  enum class State {
    kGood,
    kNote,     // tracing works, with less in the record or at a higher cost
    kProblem,  // tracing does not work, or misses what matters
  };

  State state = State::kGood;
  std::string topic;        // "symbols"
  std::string text;         // what was found, a sentence
  std::string advice = {};  // what to do; empty: nothing
};

}  // namespace heapreel::tools
