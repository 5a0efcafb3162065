// How `heapreel attach` reaches a process that has loaded heapreel, does not trace, and listens (attach_listener.h).
//
// Each such process has a SOCK_SEQPACKET socket of its own in a folder that only its user may enter. The command
// connects and sends an AttachRequest together with the descriptor of the memory for the arena; the process starts
// tracing into it and answers with an AttachAnswer. Each side asks the kernel who the other one is, and talks to nobody
// but its own user.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace heapreel::hooks {

struct AttachRequest {
  static constexpr uint32_t kMagic = 0x74617268;  // "hrat"
  static constexpr uint32_t kVersion = 1;

  uint32_t magic = kMagic;
  uint32_t version = kVersion;
  char frames[16] = {};     // the value of HEAPREEL
  char options[2048] = {};  // the value of HEAPREEL_OPTIONS
};

struct AttachAnswer {
  enum Outcome : uint32_t {
    kStarted,
    kIsTracing,     // somebody records it already, or it traces itself
    kWasTracing,    // it was traced before: a process gets one arena in its life
    kOtherVersion,  // another version of heapreel is in it
    kBadOptions,    // `text` says which
    kNotPossible,   // no memory, no address space, or a sanitizer's malloc
  };

  uint32_t outcome = kNotPossible;
  uint32_t keeps_allocator = 0;  // 1: the program's own allocator is underneath; 0: mimalloc
  char text[256] = {};
};

// "heapreel-USER.listen" in the folder for temporary files, of mode 0700, and in it "NAMESPACE.PROCESS". The process
// has the number that its own name space of process ids gives it, so that containers may share the folder.
inline constexpr size_t kListenFolderBytes = 64;
void write_listen_folder(uid_t user, char (&path)[kListenFolderBytes]) noexcept;
inline constexpr size_t kListenPathBytes = 108;  // the room in a socket's address
void write_listen_path(uid_t user, uint64_t name_space, uint64_t process, char (&path)[kListenPathBytes]) noexcept;

// Whether `folder` is a folder of this user's that nobody else may enter.
bool is_private_folder(const char* folder) noexcept;

// Whether the other end of a connection belongs to this user.
bool is_of_own_user(int socket) noexcept;

}  // namespace heapreel::hooks
