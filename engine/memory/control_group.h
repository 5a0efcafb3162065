// How much memory the control groups of a process allow it. Control groups count the pages that were touched, where
// RLIMIT_AS counts addresses, and the kernel may end a program that exceeds the limit. The containers of game servers
// are control groups.
#pragma once

#include <cstdint>

namespace heapreel::engine::platform {

// The smallest limit, in bytes, of the groups that `membership` names (the text of /proc/self/cgroup) and of all groups
// above them, in the hierarchies mounted below `mounts`. UINT64_MAX when nothing is limited or known. Version 2 has
// memory.max and memory.high, version 1 memory.limit_in_bytes (cgroups(7)). Allocates nothing; may change errno.
uint64_t control_group_limit(const char* membership, const char* mounts);

}  // namespace heapreel::engine::platform
