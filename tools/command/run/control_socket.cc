#include "tools/command/run/control_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "engine/memory/platform.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/random_bytes.h"
#include "tools/command/run/abandoned_control_folders.h"

namespace heapreel::tools {
namespace {

constexpr int kQueued = 4096;  // the kernel may allow fewer; whoever finds the queue full tries again

int listening_at(std::string_view name) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0 && bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 && listen(fd, kQueued) == 0)
    return fd;
  const int error = errno;
  if (fd >= 0) close(fd);
  errno = error;
  return -1;
}

std::string folder_of(const char* path) {
  const std::string_view whole = path;
  return std::string(whole.substr(0, whole.rfind('/')));
}

bool has_hung_up(int fd) {
  pollfd sign = {.fd = fd, .events = POLLRDHUP, .revents = 0};
  return poll(&sign, 1, 0) > 0 && (sign.revents & (POLLRDHUP | POLLHUP)) != 0;
}

}  // namespace

// A number as the option takes it; 0 would mean no socket.
ControlSocket::ControlSocket() : number_(random_number() >> 1 | 1) {
  char name[hooks::kSocketNameBytes];
  hooks::write_socket_name(number_, name);
  fd_ = listening_at({name, sizeof name});
  if (fd_ < 0) throw unreadable(format("no socket can be made for the program's processes: {}", std::strerror(errno)));
  remove_left_control_folders();
  listen_in_folder();
}

// When it cannot be made, all processes use the other socket.
void ControlSocket::listen_in_folder() {
  char path[hooks::kSocketPathBytes];
  hooks::write_socket_path(number_, path);
  if (mkdir(folder_of(path).c_str(), 0700) == 0) folder_fd_ = listening_at({path, std::strlen(path) + 1});
}

ControlSocket::~ControlSocket() {
  close();
}

void ControlSocket::close() {
  if (fd_ < 0) return;
  char path[hooks::kSocketPathBytes];
  hooks::write_socket_path(number_, path);
  unlink(path);
  rmdir(folder_of(path).c_str());
  for (const int fd : descriptors()) {
    if (fd >= 0) ::close(fd);
  }
  fd_ = folder_fd_ = -1;
  silent_.clear();
}

std::vector<int> ControlSocket::descriptors() const {
  std::vector<int> all = listening();
  for (const Silent& connection : silent_) all.push_back(connection.fd);
  return all;
}

int ControlSocket::accept_from(int listening, int most) {
  for (; most > 0; --most) {
    const int fd = listening < 0 ? -1 : accept4(listening, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) break;
    ucred peer = {};
    socklen_t size = sizeof peer;
    const bool is_known = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid > 0;
    if (is_known && peer.uid == geteuid()) {
      silent_.push_back({.fd = fd, .process = peer.pid, .since_ns = engine::platform::monotonic_ns()});
    } else {
      ::close(fd);
    }
  }
  return most;
}

std::vector<Applicant> ControlSocket::accept() {
  accept_from(fd_, accept_from(folder_fd_, kMostATurn));
  std::vector<Applicant> asking;
  std::erase_if(silent_, [&](Silent& connection) { return listen_to(connection, asking); });
  while (silent_.size() > kMostSilent) {
    ::close(silent_.front().fd);
    silent_.erase(silent_.begin());
  }
  return asking;
}

bool ControlSocket::listen_to(Silent& connection, std::vector<Applicant>& asking) {
  Applicant applicant;
  applicant.fd = connection.fd;
  applicant.process = connection.process;
  const ssize_t got = recv(connection.fd, &applicant.request, sizeof applicant.request, MSG_DONTWAIT);
  const bool waits = got < 0 && (errno == EAGAIN || errno == EINTR);
  if (waits && engine::platform::monotonic_ns() - connection.since_ns < kPatienceMs * 1'000'000) return false;
  if (got == sizeof applicant.request && applicant.request.magic == hooks::ArenaRequest::kMagic &&
      applicant.request.version == hooks::ArenaRequest::kVersion) {
    applicant.gave_up = has_hung_up(connection.fd);
    asking.push_back(applicant);
  } else {
    ::close(connection.fd);
  }
  return true;
}

namespace {

bool send_answer(int socket, int fd) {
  hooks::ArenaAnswer answer = {.granted = fd >= 0};
  iovec place = {&answer, sizeof answer};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
  msghdr message = {};
  message.msg_iov = &place;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(part), &fd, sizeof fd);
  }
  return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof answer;
}

}  // namespace

bool ControlSocket::answer(Applicant& applicant, int family_fd, int arena_fd) {
  const bool sent = send_answer(applicant.fd, family_fd) && send_answer(applicant.fd, arena_fd);
  ::close(applicant.fd);
  applicant.fd = -1;
  return sent;
}

}  // namespace heapreel::tools
