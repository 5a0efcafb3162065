// How much memory the control groups of a process allow it. Unlike RLIMIT_AS they count pages that were touched, not
// addresses, and they end a program that goes beyond. Containers of game servers are such groups.
#pragma once

#include <cstdint>

namespace heapreel::engine::platform {

// The smallest limit, in bytes, of the groups that `membership` names (the text of /proc/self/cgroup) and of all groups
// above them, in the hierarchies mounted below `mounts`. UINT64_MAX when nothing is limited or known. Version 2 has
// memory.max and memory.high, version 1 memory.limit_in_bytes (cgroups(7)). Allocates nothing; may change errno.
uint64_t control_group_limit(const char* membership, const char* mounts);

}  // namespace heapreel::engine::platform
