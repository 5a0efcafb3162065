#include "snapshot/recorded/recorded_traceback_source.h"

#include <stdexcept>

namespace heapreel {

const Traceback& RecordedTracebackSource::traceback(uint32_t index) const {
  std::lock_guard lock(mutex_);
  if (index >= resolved_.size()) {
    const uint32_t count = stack_count();
    if (index >= count) throw std::out_of_range("traceback " + std::to_string(index) + " is not known");
    std::vector<RecordedStack> stacks;
    stacks.reserve(count - resolved_.size());
    for (auto i = static_cast<uint32_t>(resolved_.size()); i < count; ++i) stacks.push_back(stack(i));
    for (Traceback& traceback : frames_.tracebacks(stacks, modules())) resolved_.push_back(std::move(traceback));
  }
  return resolved_[index];
}

std::string RecordedTracebackSource::domain_name(uint32_t domain) const {
  const auto found = name(NameKind::kDomain, domain);
  return found ? found->text : TracebackSource::domain_name(domain);
}

std::string RecordedTracebackSource::thread_name(uint32_t thread) const {
  const auto found = name(NameKind::kThread, thread);
  if (!found) return TracebackSource::thread_name(thread);
  if (found->number == 0) return found->text;
  // Threads of a pool share a name; the kernel's id tells them apart.
  return (found->text.empty() ? "thread" : found->text) + " (" + std::to_string(found->number) + ")";
}

uint32_t RecordedTracebackSource::thread_number(uint32_t thread) const {
  const auto found = name(NameKind::kThread, thread);
  return found ? found->number : 0;
}

std::string RecordedTracebackSource::tag_name(uint32_t tag) const {
  const auto found = name(NameKind::kScope, tag);
  return found ? found->text : std::string();
}

std::vector<std::string> RecordedTracebackSource::warnings() const {
  std::lock_guard lock(mutex_);
  return frames_.warnings();
}

SymbolCoverage RecordedTracebackSource::coverage() const {
  std::lock_guard lock(mutex_);
  return frames_.coverage();
}

}  // namespace heapreel
