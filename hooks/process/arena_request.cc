#include "hooks/process/arena_request.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace heapreel::hooks {
namespace {

// The kernel is called directly: libraries that stand before the C library's connect and recvmsg (proxies, fake
// networks) mean the program's connections, not this one.

uint64_t now_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000 + static_cast<uint64_t>(now.tv_nsec) / 1'000'000;
}

void write_digits(uint64_t number, char* place) {
  for (size_t digit = 0; digit < 16; ++digit) place[digit] = "0123456789abcdef"[number >> (60 - 4 * digit) & 15];
}

bool wait_ms(int fd, uint64_t ms) {
  pollfd wanted = {.fd = fd, .events = POLLIN, .revents = 0};
  const timespec timeout = {.tv_sec = static_cast<time_t>(ms / 1000),
                            .tv_nsec = static_cast<long>(ms % 1000) * 1'000'000};
  return syscall(SYS_ppoll, &wanted, fd >= 0 ? 1 : 0, &timeout, nullptr, 0) > 0;
}

// False with the deadline not reached: there is no such socket for this process.
bool connect_until(int fd, const char* name, size_t bytes, uint64_t deadline_ms) {
  constexpr uint64_t kLookAgainMs = 5;
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name, bytes);
  const socklen_t size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + bytes);
  while (syscall(SYS_connect, fd, &address, size) != 0) {
    // EAGAIN: so many ask at this moment that the line is full.
    if ((errno != EAGAIN && errno != EINTR) || now_ms() >= deadline_ms) return false;
    wait_ms(-1, kLookAgainMs);
  }
  return true;
}

bool connect_to_run(int fd, uint64_t socket, uint64_t deadline_ms) {
  char path[kSocketPathBytes];
  write_socket_path(socket, path);
  if (connect_until(fd, path, sizeof path, deadline_ms)) return true;
  char name[kSocketNameBytes];
  write_socket_name(socket, name);
  return now_ms() < deadline_ms && connect_until(fd, name, sizeof name, deadline_ms);
}

// The descriptor that came along; -1 when none did.
int descriptor_in(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    int fd;
    std::memcpy(&fd, CMSG_DATA(part), sizeof fd);
    return fd;
  }
  return -1;
}

ArenaOffer receive_offer(int socket, uint64_t deadline_ms) {
  ArenaAnswer answer;
  iovec place = {&answer, sizeof answer};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message = {};
  message.msg_iov = &place;
  message.msg_iovlen = 1;
  for (;;) {
    const uint64_t now = now_ms();
    if (now >= deadline_ms) return {};
    wait_ms(socket, deadline_ms - now);
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const long got = syscall(SYS_recvmsg, socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got != sizeof answer) return {};
    const int fd = descriptor_in(message);
    if (answer.granted == 0) return {.outcome = ArenaOffer::kRefused};
    return {.outcome = fd >= 0 ? ArenaOffer::kGranted : ArenaOffer::kNobodyThere, .fd = fd};
  }
}

ArenaOffer ask(int fd, uint64_t socket, ArenaRequest::Start start) {
  const uint64_t deadline_ms = now_ms() + kArenaPatienceMs;
  if (!connect_to_run(fd, socket, deadline_ms)) return {};
  ArenaRequest request;
  request.start = start;
  request.parent_id = static_cast<uint32_t>(syscall(SYS_getppid));
  if (syscall(SYS_sendto, fd, &request, sizeof request, MSG_NOSIGNAL, nullptr, 0) != sizeof request) return {};
  return receive_offer(fd, deadline_ms);
}

}  // namespace

void write_socket_name(uint64_t socket, char (&name)[kSocketNameBytes]) noexcept {
  constexpr char kPrefix[] = "\0heapreel-";
  constexpr size_t kPrefixBytes = sizeof kPrefix - 1;
  static_assert(kPrefixBytes + 16 == kSocketNameBytes);
  std::memcpy(name, kPrefix, kPrefixBytes);
  write_digits(socket, name + kPrefixBytes);
}

void write_socket_path(uint64_t socket, char (&path)[kSocketPathBytes]) noexcept {
  constexpr char kPrefix[] = P_tmpdir "/heapreel-";
  constexpr size_t kPrefixBytes = sizeof kPrefix - 1;
  constexpr char kSuffix[] = "/control";
  static_assert(kPrefixBytes + 16 + sizeof kSuffix == kSocketPathBytes);
  std::memcpy(path, kPrefix, kPrefixBytes);
  write_digits(socket, path + kPrefixBytes);
  std::memcpy(path + kPrefixBytes + 16, kSuffix, sizeof kSuffix);
}

ArenaOffer request_arena(uint64_t socket, ArenaRequest::Start start) noexcept {
  const int saved_errno = errno;
  ArenaOffer offer;
  const long fd = syscall(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0) {
    offer = ask(static_cast<int>(fd), socket, start);
    syscall(SYS_close, fd);
  }
  errno = saved_errno;
  return offer;
}

}  // namespace heapreel::hooks
