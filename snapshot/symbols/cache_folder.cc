#include "snapshot/symbols/cache_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "snapshot/symbols/unfinished_file.h"

namespace heapreel {
namespace {

// Makes the missing folders of `path`, for this user alone.
bool make_folders(const std::string& path) {
  for (size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST && errno != EISDIR) return false;
    if (end == std::string::npos) return true;
  }
}

}  // namespace

CacheFolder::CacheFolder(const std::string& path, Missing missing) : path_(path) {
  if (path.empty()) return;
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  fd_ = ::open(path.c_str(), kFlags);
  if (fd_ < 0 && errno == ENOENT && missing == Missing::kLeave) return;
  if (fd_ < 0 && errno == ENOENT && make_folders(path)) fd_ = ::open(path.c_str(), kFlags);
  if (fd_ < 0) {
    problem_ = path + ": symbol cache cannot be used: " + std::strerror(errno);
    return;
  }
  struct stat status {};
  if (::fstat(fd_, &status) != 0 || status.st_uid != ::geteuid()) {
    problem_ = path + ": symbol cache cannot be used: it belongs to another user";
  } else if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    problem_ = path + ": symbol cache cannot be used: others may write to it (chmod go-w)";
  }
  if (problem_.empty()) return;
  ::close(fd_);
  fd_ = -1;
}

CacheFolder::~CacheFolder() {
  if (fd_ >= 0) ::close(fd_);
}

std::optional<std::string> CacheFolder::read(const std::string& name, uint64_t most) const {
  // O_NONBLOCK, because a pipe must not stop us. Only regular files are read.
  const int file = fd_ < 0 ? -1 : ::openat(fd_, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0) return std::nullopt;
  struct stat status {};
  std::optional<std::string> bytes;
  if (::fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == ::geteuid() &&
      static_cast<uint64_t>(status.st_size) <= most) {
    bytes.emplace(static_cast<size_t>(status.st_size), '\0');
    size_t done = 0;
    ssize_t got = 0;
    while (done < bytes->size() && (got = ::read(file, bytes->data() + done, bytes->size() - done)) > 0) {
      done += static_cast<size_t>(got);
    }
    if (done != bytes->size()) bytes.reset();
    if (bytes) ::futimens(file, nullptr);  // it counts as just used: trim() removes others first
  }
  ::close(file);
  return bytes;
}

std::string CacheFolder::replace(const std::string& name, const std::string& bytes) const {
  UnfinishedFile file(name, fd_);
  if (file.is_open() && write_all(file.fd(), bytes.data(), bytes.size()) && file.replace()) return {};
  return path_ + "/" + name + ": cannot be written: " + std::strerror(errno);
}

void CacheFolder::trim(const std::string& extension, uint64_t limit, const std::string& kept) const {
  struct Entry {
    timespec used;
    uint64_t size;
    std::string name;
  };
  std::vector<Entry> entries;
  uint64_t total = 0;
  const int again = ::openat(fd_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* const folder = again >= 0 ? ::fdopendir(again) : nullptr;
  if (folder == nullptr) {
    if (again >= 0) ::close(again);
    return;
  }
  // Other runs add and remove files meanwhile. A file that is gone need not be removed.
  while (const dirent* const found = ::readdir(folder)) {
    const std::string name = found->d_name;
    struct stat status {};
    if (!name.ends_with(extension) || ::fstatat(fd_, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (!S_ISREG(status.st_mode)) continue;
    entries.push_back({status.st_mtim, static_cast<uint64_t>(status.st_size), name});
    total += static_cast<uint64_t>(status.st_size);
  }
  ::closedir(folder);
  std::ranges::sort(entries, [](const Entry& a, const Entry& b) {
    return std::pair(a.used.tv_sec, a.used.tv_nsec) < std::pair(b.used.tv_sec, b.used.tv_nsec);
  });
  for (const Entry& entry : entries) {
    if (total <= limit) break;
    if (entry.name != kept && ::unlinkat(fd_, entry.name.c_str(), 0) == 0) total -= entry.size;
  }
}

}  // namespace heapreel
