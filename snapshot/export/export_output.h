// The file that an export is written to. It appears under its name when it is complete, or not at all.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "snapshot/symbols/unfinished_file.h"

namespace heapreel {

// The output cannot be written: the text says which file, and why.
class ExportError : public std::runtime_error {
 public:
  explicit ExportError(const std::string& what) : std::runtime_error(what) {}
};

// One thread. What cannot be written throws ExportError.
class ExportOutput {
 public:
  // `path` may be "-", which is standard output. A device or a pipe is written to directly. Any other output is written
  // beside `path` under another name until commit(). An existing file is replaced only with `overwrite`. Only its owner
  // can read the file, because it contains paths and command lines.
  ExportOutput(std::string path, bool overwrite);
  // Removes what was written, unless commit() came first.
  ~ExportOutput();
  ExportOutput(const ExportOutput&) = delete;
  ExportOutput& operator=(const ExportOutput&) = delete;

  void write(std::string_view bytes);

  // The file to which the bytes go until commit(), for code that opens it by its name and writes to it itself. Empty
  // when the output is no regular file.
  std::string unfinished_path() const { return unfinished_ ? unfinished_->name() : std::string(); }

  // Puts the file in its place. Nothing is written after that.
  void commit();

  // How many bytes went through write().
  uint64_t size() const { return size_; }

 private:
  void flush();
  [[noreturn]] void fail(const char* what) const;

  const std::string path_;
  const bool overwrite_;
  std::optional<UnfinishedFile> unfinished_;
  int fd_ = -1;
  bool owns_fd_ = false;
  uint64_t size_ = 0;
  std::string buffer_;
};

}  // namespace heapreel
