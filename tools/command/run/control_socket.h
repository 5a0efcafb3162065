// Where the processes of a program ask for an arena: the run's side of hooks/process/arena_request.h.
//
// There are two sockets: one in a folder of mode 0700, so that other users cannot even connect, and one in the abstract
// name space for processes that cannot see that folder, as after chroot.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "hooks/process/arena_request.h"

namespace heapreel::tools {

// A process that asks, and waits for the answer.
struct Applicant {
  int fd = -1;  // the connection
  pid_t process = 0;
  bool gave_up = false;  // it has waited for too long, and goes on untraced
  hooks::ArenaRequest request;
};

class ControlSocket {
 public:
  static constexpr int kMostATurn = 64;
  static constexpr size_t kMostSilent = 256;  // when there are more, the one that was silent longest is closed
  static constexpr uint64_t kPatienceMs = 2000;

  // Listens under a name that nobody else has. Throws a CommandError when that is not possible.
  ControlSocket();
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  // The value of the option `control_socket`.
  uint64_t number() const { return number_; }
  // Readable when somebody connects.
  std::vector<int> listening() const { return {folder_fd_, fd_}; }
  // The descriptors, which no other process may keep.
  std::vector<int> descriptors() const;

  // Returns the processes that ask, without waiting. It looks at no more than kMostATurn connections, so that the run
  // has time for its other work however many connect. The caller answers each of them. Connections of other users are
  // closed at once, and those that send nothing for kPatienceMs are closed, too.
  std::vector<Applicant> accept();

  // Sends the family's page and the memory behind `arena_fd` to the applicant; -1 sends nothing. Closes the
  // connection. False when the applicant is gone.
  static bool answer(Applicant& applicant, int family_fd, int arena_fd);

  // Closes the sockets, so that whoever asks from now on learns it at once.
  void close();

 private:
  struct Silent {
    int fd;
    pid_t process;
    uint64_t since_ns;
  };

  void listen_in_folder();
  // Accepts from one socket. Returns how many more connections may be looked at in this turn.
  int accept_from(int fd, int most);
  // True when the connection is finished: it has asked, or is closed.
  bool listen_to(Silent& connection, std::vector<Applicant>& asking);

  uint64_t number_ = 0;
  int folder_fd_ = -1;          // in a folder that only this user may enter; -1: none
  int fd_ = -1;                 // in the abstract name space, for processes that cannot see that folder
  std::vector<Silent> silent_;  // connections that have not asked yet
};

}  // namespace heapreel::tools
