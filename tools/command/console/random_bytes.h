// Random numbers that nobody can guess.
#pragma once

#include <cstdint>
#include <string>

namespace heapreel::tools {

// Both throw a CommandError when the system gives none.
uint64_t random_number();
// 32 hexadecimal digits.
std::string random_token();

}  // namespace heapreel::tools
