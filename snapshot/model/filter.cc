#include <heapreel/filter.h>

#include <utility>

#include "snapshot/model/filter_evaluation.h"

namespace heapreel {
namespace {

bool passes(const TraceFilter& filter, const Trace& trace) {
  FramePicker picker{SkipList()};
  return CompiledFilter(filter).passes({trace.traceback, trace.domain, trace.tag}, picker);
}

}  // namespace

std::string normalize_filename(std::string_view filename) {
  if (filename.ends_with(".pyc")) filename.remove_suffix(1);
  return std::string(filename);
}

Filter::Filter(bool inclusive, std::string_view filename_pattern, std::optional<int64_t> lineno, bool all_frames,
               std::optional<int64_t> domain, FilenameNormalizer normalizer)
    : inclusive(inclusive),
      lineno(lineno),
      all_frames(all_frames),
      domain(domain),
      filename_pattern_(normalizer ? normalizer(filename_pattern) : std::string(filename_pattern)),
      normalizer_(std::move(normalizer)) {}

bool Filter::matches(const Trace& trace) const {
  return passes(*this, trace);
}

bool DomainFilter::matches(const Trace& trace) const {
  return passes(*this, trace);
}

}  // namespace heapreel
