#include "tools/command/console/random_bytes.h"

#include <sys/random.h>

#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"

namespace heapreel::tools {

uint64_t random_number() {
  uint64_t number = 0;
  if (getrandom(&number, sizeof number, 0) != sizeof number) throw unreadable("the system gives no random numbers");
  return number;
}

std::string random_token() {
  return format("{:016x}{:016x}", random_number(), random_number());
}

}  // namespace heapreel::tools
