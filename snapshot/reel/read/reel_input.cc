#include "snapshot/reel/read/reel_input.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "snapshot/symbols/regular_file.h"

namespace heapreel {

namespace {

int open_reel_file(const std::string& path) {
  std::string error;
  const int fd = open_regular_file(path, error);
  if (fd < 0) throw ReelError("cannot be opened: " + error);
  return fd;
}

}  // namespace

ReelInput::ReelInput(const std::string& path) : fd_(open_reel_file(path)) {
  struct stat status {};
  if (::fstat(fd_, &status) != 0) {
    ::close(fd_);
    throw ReelError(std::string("cannot be opened: ") + std::strerror(errno));
  }
  size_ = static_cast<uint64_t>(status.st_size);
}

void ReelInput::look_again() {
  struct stat status {};
  if (::fstat(fd_, &status) != 0) throw ReelError(std::string("cannot be read: ") + std::strerror(errno));
  size_ = static_cast<uint64_t>(status.st_size);
}

ReelInput::~ReelInput() {
  ::close(fd_);
}

bool ReelInput::is_being_written() const {
  if (::flock(fd_, LOCK_SH | LOCK_NB) != 0) return errno == EWOULDBLOCK;
  ::flock(fd_, LOCK_UN);
  return false;
}

Bytes ReelInput::read(uint64_t offset, uint64_t bytes) const {
  if (offset > size_ || bytes > size_ - offset) throw ReelError("ends early");
  Bytes result(bytes);
  read(offset, result);
  return result;
}

void ReelInput::read(uint64_t offset, std::span<uint8_t> bytes) const {
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t got = ::pread(fd_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw ReelError(std::string("cannot be read: ") + std::strerror(errno));
    if (got == 0) throw ReelError("ends early");
    done += static_cast<size_t>(got);
  }
}

SectionHeader ReelInput::section_header(uint64_t offset) const {
  const SectionHeader header = read_section_header(read(offset, reel_format::kSectionHeaderBytes));
  if (header.stored_bytes > size_ - offset - reel_format::kSectionHeaderBytes) throw ReelError("ends early");
  if (header.raw_bytes > reel_format::kMostPayloadBytes) {
    throw ReelError("a section of " + std::to_string(header.raw_bytes) + " bytes is larger than any writer makes");
  }
  return header;
}

}  // namespace heapreel
