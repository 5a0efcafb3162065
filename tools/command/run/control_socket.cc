#include "tools/command/run/control_socket.h"

#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"

namespace heapreel::tools {
namespace {

constexpr int kQueued = 4096;     // the kernel may allow fewer; who finds the line full tries again
constexpr int kPatienceMs = 100;  // with one that connected and says nothing

uint64_t random_number() {
  uint64_t number = 0;
  if (getrandom(&number, sizeof number, 0) != sizeof number) throw unreadable("no random number can be had");
  return number >> 1 | 1;  // as an option takes it; 0 is no socket
}

bool has_hung_up(int fd) {
  pollfd sign = {.fd = fd, .events = POLLRDHUP, .revents = 0};
  return poll(&sign, 1, 0) > 0 && (sign.revents & (POLLRDHUP | POLLHUP)) != 0;
}

bool receive(int fd, hooks::ArenaRequest& request) {
  pollfd wanted = {.fd = fd, .events = POLLIN, .revents = 0};
  if (poll(&wanted, 1, kPatienceMs) <= 0) return false;
  return recv(fd, &request, sizeof request, MSG_DONTWAIT) == sizeof request &&
         request.magic == hooks::ArenaRequest::kMagic && request.version == hooks::ArenaRequest::kVersion;
}

}  // namespace

ControlSocket::ControlSocket() : number_(random_number()) {
  char name[hooks::kSocketNameBytes];
  hooks::write_socket_name(number_, name);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name, sizeof name);
  const socklen_t size = offsetof(sockaddr_un, sun_path) + sizeof name;
  fd_ = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd_ < 0 || bind(fd_, reinterpret_cast<const sockaddr*>(&address), size) != 0 || listen(fd_, kQueued) != 0) {
    throw unreadable(format("no socket can be made for the program's processes: {}", std::strerror(errno)));
  }
}

ControlSocket::~ControlSocket() {
  close();
}

void ControlSocket::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

std::optional<Applicant> ControlSocket::accept() {
  for (;;) {
    Applicant applicant;
    applicant.fd = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (applicant.fd < 0) return std::nullopt;
    ucred peer = {};
    socklen_t size = sizeof peer;
    const bool known = getsockopt(applicant.fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid > 0;
    if (known && receive(applicant.fd, applicant.request)) {
      applicant.process = peer.pid;
      applicant.gave_up = has_hung_up(applicant.fd);
      applicant.same_user = peer.uid == geteuid();
      return applicant;
    }
    ::close(applicant.fd);
  }
}

bool ControlSocket::answer(Applicant& applicant, int arena_fd) {
  hooks::ArenaAnswer answer = {.granted = arena_fd >= 0};
  iovec place = {&answer, sizeof answer};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof arena_fd)] = {};
  msghdr message = {};
  message.msg_iov = &place;
  message.msg_iovlen = 1;
  if (arena_fd >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof arena_fd);
    std::memcpy(CMSG_DATA(part), &arena_fd, sizeof arena_fd);
  }
  const bool sent = sendmsg(applicant.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof answer;
  ::close(applicant.fd);
  applicant.fd = -1;
  return sent;
}

}  // namespace heapreel::tools
