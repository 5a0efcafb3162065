// The interned tracebacks and names that trace sets refer to by number.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <heapreel/traceback.h>

#include "snapshot/model/group_tables.h"

namespace heapreel {

// There is one for each tracer, reel or vector of traces. It only grows, and a number always means the same.
// Thread-safe.
class TracebackSource {
 public:
  virtual ~TracebackSource() = default;

  // Resolved on first use; the reference stays valid as long as the source.
  virtual const Traceback& traceback(uint32_t index) const = 0;

  virtual std::string domain_name(uint32_t domain) const { return "domain " + std::to_string(domain); }
  virtual std::string thread_name(uint32_t thread) const { return "thread " + std::to_string(thread); }
  // The kernel's id of a thread; 0 where it is not known.
  virtual uint32_t thread_number(uint32_t /*thread*/) const { return 0; }
  // Empty for tag 0, which is no tag.
  virtual std::string tag_name(uint32_t tag) const = 0;

  // What went wrong with the symbols of the tracebacks that were resolved so far, each once.
  virtual std::vector<std::string> warnings() const { return {}; }

  // How these tracebacks fall into groups, computed once for all snapshots that share them.
  GroupTables& group_tables() const { return group_tables_; }

 private:
  mutable GroupTables group_tables_;
};

}  // namespace heapreel
