// What the control groups of a process let it hold. Unlike RLIMIT_AS they count pages that were touched, not addresses,
// and end a program that goes beyond (the containers of game servers are such groups).
#pragma once

#include <cstdint>

namespace heapreel::engine::platform {

// Bytes: the least that a group of `membership`, the text of /proc/self/cgroup, or one above it allows, in the
// hierarchies mounted below `mounts`; UINT64_MAX when nothing is limited or known. Of version 2 memory.max and
// memory.high count, of version 1 memory.limit_in_bytes (cgroups(7)). Allocates nothing; errno may change.
uint64_t control_group_limit(const char* membership, const char* mounts);

}  // namespace heapreel::engine::platform
