#include "snapshot/symbols/unfinished_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace heapreel {

bool write_all(int fd, const void* bytes, size_t size) {
  for (size_t done = 0; done < size;) {
    const ssize_t written = ::write(fd, static_cast<const char*>(bytes) + done, size - done);
    if (written < 0 && errno == EINTR) continue;
    if (written == 0) errno = ENOSPC;
    if (written <= 0) return false;
    done += static_cast<size_t>(written);
  }
  return true;
}

UnfinishedFile::UnfinishedFile(std::string path, int folder) : path_(std::move(path)), folder_(folder) {
  constexpr int kFlags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  for (unsigned attempt = 0; fd_ < 0 && attempt < 100; ++attempt) {
    name_ = path_ + "." + std::to_string(::getpid()) + "." + std::to_string(attempt);
    fd_ = ::openat(folder_, name_.c_str(), kFlags, 0600);
    if (fd_ < 0 && errno != EEXIST) break;
  }
  if (fd_ < 0) name_.clear();
}

UnfinishedFile::~UnfinishedFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!name_.empty()) ::unlinkat(folder_, name_.c_str(), 0);
}

bool UnfinishedFile::sync() {
  return ::fsync(fd_) == 0;
}

bool UnfinishedFile::close() {
  return ::close(std::exchange(fd_, -1)) == 0;
}

bool UnfinishedFile::placed(bool success) {
  if (success) name_.clear();
  return success;
}

bool UnfinishedFile::replace() {
  return close() && placed(::renameat(folder_, name_.c_str(), folder_, path_.c_str()) == 0);
}

bool UnfinishedFile::put_in_place() {
  if (!close()) return false;
  // Unlike rename(), link() replaces nothing that came there meanwhile.
  if (::linkat(folder_, name_.c_str(), folder_, path_.c_str(), 0) == 0) {
    ::unlinkat(folder_, name_.c_str(), 0);
    return placed(true);
  }
  if (errno == EEXIST) return false;
  // A file system without hard links.
  if (placed(::renameat2(folder_, name_.c_str(), folder_, path_.c_str(), RENAME_NOREPLACE) == 0)) return true;
  if (errno == EEXIST) return false;
  struct stat there {};
  if (::fstatat(folder_, path_.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0) {
    errno = EEXIST;
    return false;
  }
  return placed(::renameat(folder_, name_.c_str(), folder_, path_.c_str()) == 0);
}

}  // namespace heapreel
