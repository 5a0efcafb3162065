// Under `heapreel run --follow-forks` every process of the program asks for an arena of its own, over a socket of the
// run's: the first one, forked children, and what is executed in place of any of them.
//
// One message each way, of a SOCK_SEQPACKET socket in a folder that only the run's user may enter, or, for a process that
// cannot see that folder, in the abstract name space "heapreel-<16 hexadecimal digits>": the process says ArenaRequest, and is answered with ArenaAnswer and, if it is to be traced, the memory's descriptor.
// Whose process it is, the kernel says.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heapreel::hooks {

struct ArenaRequest {
  static constexpr uint32_t kMagic = 0x68726172;  // "hrar"
  static constexpr uint32_t kVersion = 1;
  enum Start : uint32_t { kExecuted, kForked };

  uint32_t magic = kMagic;
  uint32_t version = kVersion;
  Start start = kExecuted;
  uint32_t parent_id = 0;
};

struct ArenaAnswer {
  uint32_t granted = 0;  // else the run says why it does not follow this process
};

inline constexpr size_t kSocketNameBytes = 1 + 9 + 16;  // the name begins with a '\0', and ends in none
void write_socket_name(uint64_t socket, char (&name)[kSocketNameBytes]) noexcept;
// "heapreel-<16 hexadecimal digits>/control" in the folder for temporary files
inline constexpr size_t kSocketPathBytes = 14 + 16 + 9;
void write_socket_path(uint64_t socket, char (&path)[kSocketPathBytes]) noexcept;

// How long a process waits to be served before it goes on untraced.
inline constexpr uint32_t kArenaPatienceMs = 2000;

struct ArenaOffer {
  enum Outcome : uint8_t { kGranted, kRefused, kNobodyThere } outcome = kNobodyThere;
  int fd = -1;  // close it when it is mapped
};

// Asks, and waits at most kArenaPatienceMs. System calls only: usable in a forked child of a process with threads, and
// long before main. Leaves errno alone.
ArenaOffer request_arena(uint64_t socket, ArenaRequest::Start start) noexcept;

}  // namespace heapreel::hooks
