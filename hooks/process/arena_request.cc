#include "hooks/process/arena_request.h"

#include <poll.h>
#include <sys/mman.h>
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

// The kernel is called directly, because libraries that stand before the C library's connect and recvmsg (proxies, fake
// networks) are for the program's connections, not for this one.

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

// When it returns false before the deadline, there is no such socket for this process.
bool connect_until(int fd, const char* name, size_t bytes, uint64_t deadline_ms) {
  constexpr uint64_t kLookAgainMs = 5;
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name, bytes);
  const socklen_t size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + bytes);
  while (syscall(SYS_connect, fd, &address, size) != 0) {
    // EAGAIN: the queue of connections is full, because many processes ask at this moment.
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

// The descriptor that came with the message; -1 when none did.
int descriptor_in(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    int fd;
    std::memcpy(&fd, CMSG_DATA(part), sizeof fd);
    return fd;
  }
  return -1;
}

ArenaOffer nobody(NotAsked why) {
  return {.outcome = ArenaOffer::kNobodyThere, .why = why};
}

NotAsked why_from(int error) {
  if (error == EMFILE || error == ENFILE) return NotAsked::kNoDescriptor;
  if (error == EPERM || error == EACCES || error == ENOSYS) return NotAsked::kForbidden;
  return error == EAGAIN || error == EINTR ? NotAsked::kTooBusy : NotAsked::kOutOfReach;
}

// Receives one answer; `answered` is false when none came.
ArenaOffer receive_answer(int socket, uint64_t deadline_ms, bool& answered) {
  ArenaAnswer answer;
  iovec place = {&answer, sizeof answer};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message = {};
  message.msg_iov = &place;
  message.msg_iovlen = 1;
  answered = false;
  for (;;) {
    const uint64_t now = now_ms();
    if (now >= deadline_ms)
      return {.outcome = ArenaOffer::kNobodyThere, .why = NotAsked::kTooBusy, .is_known_to_run = true};
    wait_ms(socket, deadline_ms - now);
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const long got = syscall(SYS_recvmsg, socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    // The connection was closed without an answer: it is another user's run, or a run that has ended.
    if (got != sizeof answer) return nobody(NotAsked::kOtherUser);
    answered = true;
    const int fd = descriptor_in(message);
    if (answer.granted == 0) return {.outcome = ArenaOffer::kRefused};
    if (fd >= 0) return {.outcome = ArenaOffer::kGranted, .fd = fd};
    return {.outcome = ArenaOffer::kNobodyThere, .why = NotAsked::kNoDescriptor};
  }
}

void map_family_page(int fd) {
  if (g_family_page == nullptr) {
    void* const page = mmap(nullptr, sizeof(FamilyPage), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page != MAP_FAILED) g_family_page = static_cast<FamilyPage*>(page);
  }
  syscall(SYS_close, fd);
}

ArenaOffer receive_offer(int socket, uint64_t deadline_ms) {
  bool answered = false;
  const ArenaOffer page = receive_answer(socket, deadline_ms, answered);
  if (page.outcome == ArenaOffer::kGranted) map_family_page(page.fd);
  return answered ? receive_answer(socket, deadline_ms, answered) : page;
}

ArenaOffer ask(int fd, uint64_t socket, ArenaRequest::Start start) {
  const uint64_t deadline_ms = now_ms() + kArenaPatienceMs;
  if (!connect_to_run(fd, socket, deadline_ms)) return nobody(why_from(errno));
  ArenaRequest request;
  request.start = start;
  request.parent_id = static_cast<uint32_t>(syscall(SYS_getppid));
  if (syscall(SYS_sendto, fd, &request, sizeof request, MSG_NOSIGNAL, nullptr, 0) != sizeof request) {
    return nobody(NotAsked::kOtherUser);
  }
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
  } else {
    offer = nobody(why_from(errno));
  }
  errno = saved_errno;
  return offer;
}

}  // namespace heapreel::hooks
