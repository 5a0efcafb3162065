#include "tools/command/run/attach_channel.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "hooks/process/attach_request.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/run/close_if_open.h"

namespace heapreel::tools {
namespace {

namespace fs = std::filesystem;
using hooks::AttachAnswer;
using hooks::AttachRequest;

constexpr int kPatienceMs = 10'000;  // mapping the arena takes less than a millisecond
constexpr std::chrono::seconds kYoung(60);

// Closed at the end of its scope.
struct Connection {
  int fd = -1;
  ~Connection() { close_if_open(fd); }
};

// The number of the process in the innermost of its name spaces; its number here when the kernel does not say.
uint64_t own_number(pid_t process) {
  std::ifstream status(format("/proc/{}/status", process));
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("NSpid:")) continue;
    std::istringstream numbers(line.substr(6));
    uint64_t number = 0;
    while (numbers >> number) {
    }
    return number;
  }
  return static_cast<uint64_t>(process);
}

uint64_t name_space_of(pid_t process) {
  std::error_code error;
  const std::string link = fs::read_symlink(format("/proc/{}/ns/pid", process), error);
  const size_t bracket = link.find('[');
  return bracket == std::string::npos ? 0 : std::strtoull(link.c_str() + bracket + 1, nullptr, 10);
}

// False, with errno, when nobody listens there.
bool connect_to(int fd, const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return false;
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

void connect_to_process(int fd, pid_t process) {
  char path[hooks::kListenPathBytes];
  hooks::write_listen_path(geteuid(), name_space_of(process), own_number(process), path);
  char folder[hooks::kListenFolderBytes];
  hooks::write_listen_folder(geteuid(), folder);
  // Its folder for temporary files may be another one than ours.
  const bool is_ours = hooks::is_private_folder(folder);
  if (is_ours && connect_to(fd, path)) return;
  if (connect_to(fd, format_exact("/proc/{}/root{}", process, static_cast<const char*>(path)))) return;
  std::error_code error;
  const std::string program = fs::read_symlink(format("/proc/{}/exe", process), error);
  throw unreadable(format(
      "{}: {} does not wait for `heapreel attach`: start it with HEAPREEL_OPTIONS=listen=1, linked to heapreel or "
      "with libheapreel_preload.so in LD_PRELOAD (`heapreel run` records a program from its start)",
      process, error ? "this process" : program.c_str()));
}

void send_request(int fd, const AttachRequest& request, int arena_fd) {
  iovec place = {const_cast<AttachRequest*>(&request), sizeof request};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof arena_fd)] = {};
  msghdr message = {};
  message.msg_iov = &place;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* const part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof arena_fd);
  std::memcpy(CMSG_DATA(part), &arena_fd, sizeof arena_fd);
  if (sendmsg(fd, &message, MSG_NOSIGNAL) != sizeof request) {
    throw unreadable(format("the process cannot be asked: {}", std::strerror(errno)));
  }
}

AttachAnswer receive_answer(int fd, pid_t process) {
  AttachAnswer answer;
  pollfd sign = {.fd = fd, .events = POLLIN, .revents = 0};
  int ready = 0;
  do {
    ready = poll(&sign, 1, kPatienceMs);
  } while (ready < 0 && errno == EINTR);
  const ssize_t got = ready > 0 ? recv(fd, &answer, sizeof answer, MSG_DONTWAIT) : 0;
  if (got != sizeof answer) {
    throw unreadable(
        format("{}: the process does not answer: it is stopped or has ended, or another version of heapreel is in it",
               process));
  }
  answer.text[sizeof answer.text - 1] = '\0';
  return answer;
}

void copy_text(char* to, size_t bytes, const std::string& text) {
  if (text.size() >= bytes) throw usage_error("attach: the options are too long");
  std::memcpy(to, text.c_str(), text.size() + 1);
}

std::string refusal(const AttachAnswer& answer) {
  switch (answer.outcome) {
    case AttachAnswer::kIsTracing:
      return "is traced already: look at its recording with `heapreel live`, `top` or `snap`";
    case AttachAnswer::kWasTracing:
      return "was recorded before, and a process can be recorded once in its life: its hooks keep numbers that only "
             "the "
             "first recorder knows. Start it anew, or record it from its start with `heapreel run`";
    case AttachAnswer::kOtherVersion:
      return "has another version of heapreel in it than this command";
    case AttachAnswer::kBadOptions:
      return format("refuses the options: {}", static_cast<const char*>(answer.text));
    default:
      return "cannot start the tracer: its memory or address space is limited, or it is built with a sanitizer";
  }
}

}  // namespace

AttachedProcess start_tracing_in(pid_t process, int arena_fd, const std::string& frames, const std::string& options) {
  AttachRequest request;
  copy_text(request.frames, sizeof request.frames, frames);
  copy_text(request.options, sizeof request.options, options);
  const Connection connection{socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
  if (connection.fd < 0) throw unreadable(format("no socket can be made: {}", std::strerror(errno)));
  connect_to_process(connection.fd, process);
  if (!hooks::is_of_own_user(connection.fd)) throw unreadable(format("{}: belongs to another user", process));
  send_request(connection.fd, request, arena_fd);
  const AttachAnswer answer = receive_answer(connection.fd, process);
  if (answer.outcome != AttachAnswer::kStarted) throw unreadable(format("{}: {}", process, refusal(answer)));
  return {.keeps_allocator = answer.keeps_allocator != 0};
}

void remove_left_listeners() {
  char folder[hooks::kListenFolderBytes];
  hooks::write_listen_folder(geteuid(), folder);
  if (!hooks::is_private_folder(folder)) return;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    // A process that is about to listen has bound its socket already, and refuses connections for a moment.
    std::error_code gone;
    const auto age = fs::file_time_type::clock::now() - entry.last_write_time(gone);
    if (gone || age < kYoung) continue;
    const Connection connection{socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (connection.fd < 0) return;
    if (!connect_to(connection.fd, entry.path()) && errno == ECONNREFUSED) unlink(entry.path().c_str());
  }
}

}  // namespace heapreel::tools
