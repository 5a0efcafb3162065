// Under `heapreel run --follow-forks` every process of the program asks for an arena of its own, over a socket of the
// run: the first process, forked children, and programs that are executed in place of any of them.
//
// The socket is a SOCK_SEQPACKET one in a folder that only the run's user may enter, or, for a process that cannot see
// that folder, in the abstract name space "heapreel-<16 hexadecimal digits>". The process sends an ArenaRequest and is
// answered twice with ArenaAnswer: first comes the descriptor of the family's page (family_page.h), then, if the
// process is to be traced, that of its arena. They come one after the other, so that a process that has few descriptors
// left needs only two. Whose process it is, the kernel says.
#pragma once

#include <cstddef>
#include <cstdint>

#include "hooks/process/family_page.h"

namespace heapreel::hooks {

struct ArenaRequest {
  static constexpr uint32_t kMagic = 0x68726172;  // "hrar"
  static constexpr uint32_t kVersion = 2;
  enum Start : uint32_t { kExecuted, kForked };

  uint32_t magic = kMagic;
  uint32_t version = kVersion;
  Start start = kExecuted;
  uint32_t parent_id = 0;
};

struct ArenaAnswer {
  uint32_t granted = 0;  // 0: the run does not follow this process, and says why
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
  NotAsked why = NotAsked::kOutOfReach;  // kNobodyThere
  bool is_known_to_run = false;          // kNobodyThere: the run got the request, and reports itself what became of it
  int fd = -1;                           // close it when it is mapped
};

// Maps the family's page, if this process has none yet, and then asks for an arena; waits at most kArenaPatienceMs. It
// makes system calls only, so that it may be used in a forked child of a process with threads, and long before main.
// Leaves errno alone.
ArenaOffer request_arena(uint64_t socket, ArenaRequest::Start start) noexcept;

}  // namespace heapreel::hooks
