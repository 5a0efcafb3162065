// Runs a program and catches what it prints.
#pragma once

#include <iosfwd>
#include <map>
#include <string>
#include <vector>

namespace heapreel::testing {

struct Outcome {
  int status;  // as waitpid reports it
  std::string out;
  std::string err;
  bool operator==(const Outcome&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Outcome& outcome);

using Variables = std::map<std::string, std::string>;

// With the given variables on top of this process's. Throws when the program cannot be started.
Outcome run(const std::vector<std::string>& command, const Variables& variables = {});

// A variable that meson sets for these tests.
std::string test_setting(const char* name);

// Is there a program of that name in PATH?
bool installed(const std::string& program);

}  // namespace heapreel::testing
