#include "snapshot/export/export_output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace heapreel {
namespace {

constexpr size_t kBuffer = 256 << 10;

std::string exists_already(const std::string& path) {
  return path + ": exists already: name another file, or overwrite it with -f";
}

}  // namespace

ExportOutput::ExportOutput(std::string path, bool overwrite) : path_(std::move(path)), overwrite_(overwrite) {
  if (path_ == "-") {
    fd_ = STDOUT_FILENO;
    return;
  }
  struct stat there {};
  const bool exists = ::stat(path_.c_str(), &there) == 0;
  if (exists && S_ISDIR(there.st_mode)) throw ExportError(path_ + ": is a folder");
  if (exists && !S_ISREG(there.st_mode)) {
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    owns_fd_ = true;
    if (fd_ < 0) fail("cannot be written");
    return;
  }
  if (exists && !overwrite_) throw ExportError(exists_already(path_));
  const size_t name = path_.rfind('/') + 1;  // 0 where there is no folder
  unfinished_ = path_.substr(0, name) + "." + path_.substr(name) + ".XXXXXX";
  fd_ = ::mkostemp(unfinished_.data(), O_CLOEXEC);  // of mode 0600
  owns_fd_ = true;
  if (fd_ >= 0) return;
  unfinished_.clear();
  fail("cannot be written");
}

ExportOutput::~ExportOutput() {
  if (owns_fd_ && fd_ >= 0) ::close(fd_);
  if (!unfinished_.empty()) ::unlink(unfinished_.c_str());
}

void ExportOutput::write(std::string_view bytes) {
  size_ += bytes.size();
  buffer_ += bytes;
  if (buffer_.size() >= kBuffer) flush();
}

void ExportOutput::flush() {
  for (size_t done = 0; done < buffer_.size();) {
    const ssize_t written = ::write(fd_, buffer_.data() + done, buffer_.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail("cannot be written");
    done += static_cast<size_t>(written);
  }
  buffer_.clear();
}

void ExportOutput::commit() {
  flush();
  if (unfinished_.empty()) return;
  const int fd = std::exchange(fd_, -1);
  // A full disk may be noticed no earlier than this.
  const bool stored = ::fsync(fd) == 0;
  if (::close(fd) != 0 || !stored) fail("cannot be written");
  put_in_place();
  unfinished_.clear();
}

void ExportOutput::put_in_place() {
  if (overwrite_) {
    if (::rename(unfinished_.c_str(), path_.c_str()) != 0) fail("cannot be replaced");
    return;
  }
  // Unlike rename(), link() replaces nothing that came there meanwhile.
  if (::link(unfinished_.c_str(), path_.c_str()) == 0) {
    ::unlink(unfinished_.c_str());
    return;
  }
  if (errno == EEXIST) throw ExportError(exists_already(path_));
  // A file system without hard links.
  if (::renameat2(AT_FDCWD, unfinished_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) == 0) return;
  if (errno == EEXIST) throw ExportError(exists_already(path_));
  struct stat there {};
  if (::lstat(path_.c_str(), &there) == 0) throw ExportError(exists_already(path_));
  if (::rename(unfinished_.c_str(), path_.c_str()) != 0) fail("cannot be put in its place");
}

void ExportOutput::fail(const char* what) const {
  throw ExportError(path_ + ": " + what + ": " + std::strerror(errno));
}

}  // namespace heapreel
