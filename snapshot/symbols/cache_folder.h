// The folder that cached symbols are kept in: read and written through one open descriptor, so that nobody can put
// another folder, or a link, in its place in between.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace heapreel {

// Only a folder of this process's user that nobody else may write to is used: what stands in a foreign one may be made
// up, and writing there may be made to land elsewhere. One thread.
class CacheFolder {
 public:
  enum class Missing { kLeave, kMake };

  // Nothing is used when `path` is empty. problem() says why a folder that is there is not used.
  CacheFolder(const std::string& path, Missing missing);
  ~CacheFolder();
  CacheFolder(const CacheFolder&) = delete;
  CacheFolder& operator=(const CacheFolder&) = delete;

  bool is_open() const { return fd_ >= 0; }
  // Empty where it is open, or simply not there.
  const std::string& problem() const { return problem_; }

  // The content of a regular file of at most `most` bytes, which counts as used just now. Nothing for any other.
  std::optional<std::string> read(const std::string& name, uint64_t most) const;
  // Whole or not at all; readable by this user only. Returns what went wrong, or nothing.
  std::string replace(const std::string& name, const std::string& bytes) const;
  // Removes the files with this extension that were used longest ago while all of them are over `limit` bytes; `kept`
  // stays.
  void trim(const std::string& extension, uint64_t limit, const std::string& kept) const;

 private:
  std::string path_;
  int fd_ = -1;
  std::string problem_;
};

}  // namespace heapreel
