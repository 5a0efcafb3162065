// Compresses what goes to an output, as gzip does.
#pragma once

#include <memory>
#include <string_view>

#include "snapshot/export/export_output.h"

namespace heapreel {

// One thread. Throws ExportError.
class GzipOutput {
 public:
  // `output` outlives it.
  explicit GzipOutput(ExportOutput& output);
  ~GzipOutput();
  GzipOutput(const GzipOutput&) = delete;
  GzipOutput& operator=(const GzipOutput&) = delete;

  void write(std::string_view bytes) { put(bytes, false); }
  // Everything was written.
  void finish() { put({}, true); }

 private:
  void put(std::string_view bytes, bool is_end);

  struct Stream;
  ExportOutput& output_;
  const std::unique_ptr<Stream> stream_;
};

}  // namespace heapreel
