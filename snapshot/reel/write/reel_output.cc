#include "snapshot/reel/write/reel_output.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

namespace heapreel {
namespace {

constexpr mode_t kPermissions = 0600;

// When the reader of a pipe has gone, the write must fail, and no signal may end the process. What the process does on
// that signal belongs to the program: so only this thread does not get its own.
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
  struct stat named {};
  const bool exists = ::lstat(path.c_str(), &named) == 0;
  if (exists && overwrite) return open_existing(named);
  if (!exists) fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kPermissions);
  if (fd_ >= 0) return opened();
  if (exists || errno == EEXIST) return path_ + ": exists already: name another file, or ask for it to be overwritten";
  return failed("cannot be made");
}

std::string ReelOutput::open_existing(const struct stat& named) {
  struct stat target = named;
  if (S_ISLNK(named.st_mode) && (::stat(path_.c_str(), &target) != 0 || S_ISREG(target.st_mode))) {
    return path_ + ": is a link: name the file itself, or remove the link";
  }
  if (!S_ISREG(target.st_mode)) {
    // A pipe that nobody reads is an error, and no reason to wait. Once it is open, the writer may wait for its reader.
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd_ >= 0 && ::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) & ~O_NONBLOCK) == 0) return {};
    return errno == ENXIO && S_ISFIFO(target.st_mode) ? path_ + ": is a pipe that nobody reads"
                                                      : failed("cannot be written");
  }
  // A file of this user with no other name is overwritten in place, which needs no permission for its folder. Any other
  // file only loses this name.
  if (named.st_nlink == 1 && named.st_uid == ::geteuid()) {
    fd_ = ::open(path_.c_str(), O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC);
    if (fd_ < 0) return failed("cannot be replaced");
    ::fchmod(fd_, kPermissions);
    return opened();
  }
  if (::unlink(path_.c_str()) != 0) return failed("cannot be replaced");
  fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kPermissions);
  return fd_ >= 0 ? opened() : failed("cannot be made");
}

// On file systems that cannot lock files, readers take a growing reel for one that was cut off. It is written all the
// same.
std::string ReelOutput::opened() const {
  ::flock(fd_, LOCK_EX | LOCK_NB);
  return {};
}

std::string ReelOutput::append(const Bytes& bytes) {
  const NoSignalOfABrokenPipe guard;
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t written = ::write(fd_, bytes.data() + done, bytes.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      if (written == 0) errno = ENOSPC;
      std::string error = failed("cannot be written");
      if (!cut_to(size_)) error += "; the file ends in the middle of a section";
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
