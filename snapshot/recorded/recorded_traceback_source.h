// Tracebacks of captured stacks, which are resolved when somebody looks at them.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "snapshot/model/traceback_source.h"
#include "snapshot/recorded/recorded_frames.h"
#include "snapshot/recorded/recorded_names.h"
#include "snapshot/recorded/recorded_stack.h"

namespace heapreel {

// The first use of any traceback resolves all that are known by then, in one batch for each module, because a caller
// that groups by one will need the others.
class RecordedTracebackSource : public TracebackSource {
 public:
  explicit RecordedTracebackSource(SymbolizerOptions symbols) : frames_(std::move(symbols)) {}

  const Traceback& traceback(uint32_t index) const override;
  std::string domain_name(uint32_t domain) const override;
  std::string thread_name(uint32_t thread) const override;
  uint32_t thread_number(uint32_t thread) const override;
  std::string tag_name(uint32_t tag) const override;

  std::vector<std::string> warnings() const override;
  // The coverage of all tracebacks that were looked at so far.
  SymbolCoverage coverage() const;

 protected:
  virtual uint32_t stack_count() const = 0;
  virtual RecordedStack stack(uint32_t index) const = 0;
  virtual RecordedModules modules() const = 0;
  // Nothing where there is none.
  virtual std::optional<RecordedName> name(NameKind kind, uint32_t place) const = 0;

 private:
  mutable std::mutex mutex_;
  mutable RecordedFrames frames_;
  mutable std::deque<Traceback> resolved_;
};

}  // namespace heapreel
