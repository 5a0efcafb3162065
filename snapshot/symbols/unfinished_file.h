// A file that is written under another name beside its path, and then takes that path's place.
#pragma once

#include <fcntl.h>

#include <cstddef>
#include <string>

namespace heapreel {

// Writes all the bytes. When it returns false, errno says why.
bool write_all(int fd, const void* bytes, size_t size);

// Whoever opens the path finds what was there before, or the whole new file. The file in between is new, so that nobody
// can have put something there, and only this user can read it (mode 0600). Where the path is a link, the link is
// replaced, and not the file to which it leads. What returns false leaves the reason in errno. One thread.
class UnfinishedFile {
 public:
  // Makes the file. A relative path starts at the open folder `folder`, which must stay open.
  explicit UnfinishedFile(std::string path, int folder = AT_FDCWD);
  // Removes the file, unless it was put in place.
  ~UnfinishedFile();
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;

  // Ask this right after the constructor: when the file cannot be made, it is false.
  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  // The name that it has until it is put in place.
  const std::string& name() const { return name_; }

  // Waits until the bytes are on the disk: a full disk may be noticed no earlier than this.
  bool sync();
  // Puts it in place of whatever is there. Nothing is written after that.
  bool replace();
  // The same, but only where nothing is yet: otherwise errno is EEXIST.
  bool put_in_place();

 private:
  bool close();
  bool placed(bool success);

  const std::string path_;
  const int folder_;
  std::string name_;
  int fd_ = -1;
};

}  // namespace heapreel
