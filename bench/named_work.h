// What a probe can do, by name: a budget's script chooses one of them for each of its runs.
#pragma once

#include <cstdint>
#include <cstring>
#include <initializer_list>

namespace heapreel::bench {

struct NamedWork {
  const char* name;
  void (*run)(uint64_t live);  // over so many live blocks
};

// Runs the one that is called `name`. Returns the exit status of main: 2 when there is none.
inline int run_named(std::initializer_list<NamedWork> known, const char* name, uint64_t live) {
  for (const NamedWork& work : known) {
    if (std::strcmp(work.name, name) != 0) continue;
    work.run(live);
    return 0;
  }
  return 2;
}

}  // namespace heapreel::bench
