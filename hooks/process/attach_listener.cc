#include "hooks/process/attach_listener.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "engine/memory/blocked_signals.h"
#include "engine/record/recorder.h"
#include "engine/tracer/tracer.h"
#include "hooks/base/message.h"
#include "hooks/process/attach_request.h"
#include "hooks/process/options.h"
#include "hooks/process/text_builder.h"

namespace heapreel::hooks {
namespace {

constexpr unsigned kCloseInOwnTable = 2;  // CLOSE_RANGE_UNSHARE
constexpr size_t kStackBytes = size_t{256} << 10;
constexpr int kPatienceSeconds = 2;  // how long it waits for a peer that says nothing

// The process that listens; a forked child does not. relaxed: whoever reads an old value only tries once more.
constinit std::atomic<pid_t> g_listens{0};
constinit bool g_keeps_allocator = false;  // set before the thread exists

void close_here(int fd) {
  syscall(SYS_close, fd);
}

// The name space of process ids in which this process is; 0 when the kernel does not say.
uint64_t own_name_space() {
  char link[64];
  const ssize_t length = readlink("/proc/self/ns/pid", link, sizeof link - 1);
  if (length <= 0) return 0;
  link[length] = '\0';
  const char* const bracket = std::strchr(link, '[');
  return bracket != nullptr ? std::strtoull(bracket + 1, nullptr, 10) : 0;
}

// Returns null, or what went wrong.
const char* open_socket(int& fd) {
  char folder[kListenFolderBytes];
  write_listen_folder(geteuid(), folder);
  if (mkdir(folder, 0700) != 0 && errno != EEXIST) return "no folder can be made for its socket in /tmp";
  if (!is_private_folder(folder)) return "the folder for its socket in /tmp is somebody else's, or open to others";
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  write_listen_path(geteuid(), own_name_space(), static_cast<uint64_t>(getpid()), address.sun_path);
  fd = static_cast<int>(syscall(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (fd < 0) return "no socket can be created";
  unlink(address.sun_path);  // left by an earlier process of this number, which is dead
  if (syscall(SYS_bind, fd, &address, sizeof address) != 0 || syscall(SYS_listen, fd, 4) != 0) {
    return "its socket cannot be put in its place in /tmp";
  }
  return nullptr;
}

// Receives a request and the descriptor that came with it; -1 when it is not a request of ours.
int receive(int connection, AttachRequest& request) {
  iovec place = {&request, sizeof request};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message = {};
  message.msg_iov = &place;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const long got = syscall(SYS_recvmsg, connection, &message, MSG_CMSG_CLOEXEC);
  if (got < 0) return -1;
  int fd = -1;
  const cmsghdr* const part = CMSG_FIRSTHDR(&message);
  if (part != nullptr && part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS) {
    std::memcpy(&fd, CMSG_DATA(part), sizeof fd);
  }
  if (got == sizeof request && request.magic == AttachRequest::kMagic) return fd;
  if (fd >= 0) close_here(fd);
  return -1;
}

AttachAnswer start_into(int arena_fd, AttachRequest& request) {
  AttachAnswer answer;
  answer.keeps_allocator = g_keeps_allocator ? 1 : 0;
  const auto refuse = [&answer](AttachAnswer::Outcome outcome) {
    answer.outcome = outcome;
    return answer;
  };
  if (request.version != AttachRequest::kVersion) return refuse(AttachAnswer::kOtherVersion);
  if (engine::tracing()) return refuse(AttachAnswer::kIsTracing);
  if (engine::tracer_memory() != 0) return refuse(AttachAnswer::kWasTracing);
  request.frames[sizeof request.frames - 1] = request.options[sizeof request.options - 1] = '\0';
  engine::TracerOptions options;
  bool wanted = false;
  if (!parse_frames(request.frames, options, wanted, answer.text) ||
      !parse_options(request.options, options, answer.text)) {
    return refuse(AttachAnswer::kBadOptions);
  }
  options.arena_fd = arena_fd;
  options.control_socket = 0;
  options.follow_forks = options.crosscheck_stacks = false;
  if (!engine::start(options)) return refuse(AttachAnswer::kNotPossible);
  // What was live before is not in the record, so that the mark says where the record begins.
  engine::mark("attached");
  return refuse(AttachAnswer::kStarted);
}

void serve(int connection) {
  if (!is_of_own_user(connection)) return;
  const timeval patience = {.tv_sec = kPatienceSeconds, .tv_usec = 0};
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  AttachRequest request;
  const int arena_fd = receive(connection, request);
  if (arena_fd < 0) return;
  const AttachAnswer answer = start_into(arena_fd, request);
  close_here(arena_fd);  // it is mapped now, or of no use
  syscall(SYS_sendto, connection, &answer, sizeof answer, MSG_NOSIGNAL, nullptr, 0);
}

void cannot_listen(const char* why) {
  say("`heapreel attach` will not find this program: ", why);
  // relaxed: see there
  g_listens.store(0, std::memory_order_relaxed);
}

void* listen_thread(void*) {
  prctl(PR_SET_NAME, "heapreel-listen");
  // The descriptors of standard input, output and error are kept until nothing more has to be said.
  if (syscall(SYS_close_range, 3u, UINT_MAX, kCloseInOwnTable) != 0) {
    cannot_listen("the kernel is older than Linux 5.9, or forbids close_range");
    return nullptr;
  }
  int socket = -1;
  if (const char* const problem = open_socket(socket); problem != nullptr) {
    cannot_listen(problem);
    return nullptr;
  }
  // Without /dev/null they are closed, because whoever reads the program's output has to see its end.
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; ++fd) {
    if (nothing < 0 || dup2(nothing, fd) != fd) close_here(fd);
  }
  if (nothing > 2) close_here(nothing);
  for (;;) {
    const auto connection = static_cast<int>(syscall(SYS_accept4, socket, nullptr, nullptr, SOCK_CLOEXEC));
    if (connection < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (connection < 0) return nullptr;
    serve(connection);
    close_here(connection);
  }
}

bool start_thread() {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  const engine::BlockedSignals blocked;
  pthread_t thread;
  const bool done = pthread_create(&thread, &attributes, listen_thread, nullptr) == 0;
  pthread_attr_destroy(&attributes);
  return done;
}

}  // namespace

bool listen_for_attach(bool keeps_allocator) noexcept {
  const pid_t self = getpid();
  // relaxed: see there
  if (g_listens.exchange(self, std::memory_order_relaxed) == self) return true;
  g_keeps_allocator = keeps_allocator;
  if (start_thread()) return true;
  cannot_listen("no thread can be started to wait for it");
  return false;
}

}  // namespace heapreel::hooks
