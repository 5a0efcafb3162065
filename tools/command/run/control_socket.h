// Where the processes of a program ask for an arena: the run's side of hooks/process/arena_request.h.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "hooks/process/arena_request.h"

namespace heapreel::tools {

// A process that asks, and waits for the answer.
struct Applicant {
  int fd = -1;  // of the connection
  pid_t process = 0;
  bool same_user = false;
  bool gave_up = false;  // it has waited for too long, and goes on untraced
  hooks::ArenaRequest request;
};

class ControlSocket {
 public:
  // Listens under a name that nobody else has. Throws a CommandError when that cannot be.
  ControlSocket();
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  // For the option of that name.
  uint64_t number() const { return number_; }
  int fd() const { return fd_; }

  // The next one that asks, without waiting; empty when there is none. The caller answers.
  std::optional<Applicant> accept();

  // Gives the memory behind `arena_fd` to the applicant, or with -1 nothing, and closes the connection. False when the
  // applicant is gone.
  static bool answer(Applicant& applicant, int arena_fd);

  // Nobody is listened to any more; who asks from here on learns so at once.
  void close();

 private:
  uint64_t number_ = 0;
  int fd_ = -1;
};

}  // namespace heapreel::tools
