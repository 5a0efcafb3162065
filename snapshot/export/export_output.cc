#include "snapshot/export/export_output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
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
  unfinished_.emplace(path_);
  fd_ = unfinished_->fd();
  if (!unfinished_->is_open()) fail("cannot be written");
}

ExportOutput::~ExportOutput() {
  if (owns_fd_ && fd_ >= 0) ::close(fd_);
}

void ExportOutput::write(std::string_view bytes) {
  size_ += bytes.size();
  buffer_ += bytes;
  if (buffer_.size() >= kBuffer) flush();
}

void ExportOutput::flush() {
  if (!write_all(fd_, buffer_.data(), buffer_.size())) fail("cannot be written");
  buffer_.clear();
}

void ExportOutput::commit() {
  flush();
  if (!unfinished_) return;
  if (!unfinished_->sync()) fail("cannot be written");
  if (overwrite_) {
    if (!unfinished_->replace()) fail("cannot be replaced");
  } else if (!unfinished_->put_in_place()) {
    if (errno == EEXIST) throw ExportError(exists_already(path_));
    fail("cannot be put in its place");
  }
}

void ExportOutput::fail(const char* what) const {
  throw ExportError(path_ + ": " + what + ": " + std::strerror(errno));
}

}  // namespace heapreel
