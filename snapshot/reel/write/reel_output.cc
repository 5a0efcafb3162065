#include "snapshot/reel/write/reel_output.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

namespace heapreel {
namespace {

// A pipe whose reader has gone is an error of the write, not a signal that ends the process. The disposition of the
// signal is the program's: only this thread does not see its own.
class NoSignalOfABrokenPipe {
 public:
  NoSignalOfABrokenPipe() {
    sigemptyset(&broken_pipe_);
    sigaddset(&broken_pipe_, SIGPIPE);
    sigset_t pending;
    was_pending_ = sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &broken_pipe_, &before_);
  }
  ~NoSignalOfABrokenPipe() {
    constexpr timespec kNow = {};
    while (!was_pending_ && sigtimedwait(&broken_pipe_, nullptr, &kNow) == -1 && errno == EINTR) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoSignalOfABrokenPipe(const NoSignalOfABrokenPipe&) = delete;
  NoSignalOfABrokenPipe& operator=(const NoSignalOfABrokenPipe&) = delete;

 private:
  sigset_t broken_pipe_;
  sigset_t before_;
  bool was_pending_;
};

}  // namespace

ReelOutput::~ReelOutput() {
  if (fd_ >= 0) ::close(fd_);
}

std::string ReelOutput::failed(const char* what) const {
  return path_ + ": " + what + ": " + std::strerror(errno);
}

std::string ReelOutput::open(const std::string& path, bool overwrite) {
  path_ = path;
  // A pipe that nobody reads is an error, not a reason to wait; once it is open, the writer may wait for its reader.
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | (overwrite ? O_TRUNC : O_EXCL);
  fd_ = ::open(path.c_str(), flags, 0666);
  if (fd_ >= 0 && ::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) & ~O_NONBLOCK) == 0) return {};
  if (errno == ENXIO) return path_ + ": is a pipe that nobody reads";
  if (errno == EEXIST) return path_ + ": exists already; it is replaced only when that is asked for";
  return failed("cannot be made");
}

std::string ReelOutput::append(const Bytes& bytes) {
  const NoSignalOfABrokenPipe guard;
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t written = ::write(fd_, bytes.data() + done, bytes.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      if (written == 0) errno = ENOSPC;
      std::string error = failed("cannot be written");
      if (!cut_to(size_)) error += "; its end is torn";
      return error;
    }
    done += static_cast<size_t>(written);
  }
  size_ += bytes.size();
  return {};
}

bool ReelOutput::cut_to(uint64_t size) {
  const auto end = static_cast<off_t>(size);
  if (::ftruncate(fd_, end) != 0 || ::lseek(fd_, end, SEEK_SET) != end) return false;
  size_ = size;
  return true;
}

std::string ReelOutput::close() {
  const int fd = fd_;
  fd_ = -1;
  return fd >= 0 && ::close(fd) != 0 ? failed("cannot be closed") : std::string();
}

}  // namespace heapreel
