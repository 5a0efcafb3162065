// The folder in which cached symbols are kept. It is read and written through one open descriptor, so that nobody can
// put another folder, or a link, in its place meanwhile.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace heapreel {

// Only a folder of this process's user to which nobody else may write is used. What is in another folder may be forged,
// and writing there could be led elsewhere. One thread.
class CacheFolder {
 public:
  enum class Missing { kLeave, kMake };

  // When `path` is empty, no folder is used. problem() says why an existing folder is not used.
  CacheFolder(const std::string& path, Missing missing);
  ~CacheFolder();
  CacheFolder(const CacheFolder&) = delete;
  CacheFolder& operator=(const CacheFolder&) = delete;

  bool is_open() const { return fd_ >= 0; }
  // Empty when the folder is open, or does not exist.
  const std::string& problem() const { return problem_; }

  // The content of a regular file of at most `most` bytes, which from now on counts as just used. Nothing for any other
  // file.
  std::optional<std::string> read(const std::string& name, uint64_t most) const;
  // Writes a file completely or not at all; only this user can read it. Returns what went wrong, or an empty text.
  std::string replace(const std::string& name, const std::string& bytes) const;
  // While all files with this extension together are over `limit` bytes, removes the one that was used longest ago, but
  // never `kept`.
  void trim(const std::string& extension, uint64_t limit, const std::string& kept) const;

 private:
  std::string path_;
  int fd_ = -1;
  std::string problem_;
};

}  // namespace heapreel
