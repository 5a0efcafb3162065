// Filters, ready to be applied to many traces.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <heapreel/filter.h>
#include <heapreel/skip_list.h>

#include "snapshot/model/frame_picker.h"
#include "snapshot/text/name_matcher.h"

namespace heapreel {

// What a filter can look at. It is the same for all blocks of a site.
struct FilterSubject {
  const Traceback& traceback;
  uint32_t domain;
  std::string_view tag;
};

// One filter of either kind with its patterns compiled. Not thread-safe: it remembers verdicts.
class CompiledFilter {
 public:
  explicit CompiledFilter(const TraceFilter& filter);

  bool is_inclusive() const { return inclusive_; }
  // Whether the subject passes this filter alone.
  bool passes(const FilterSubject& subject, FramePicker& picker) {
    return matches_conditions(subject, picker) == inclusive_;
  }

 private:
  void compile(const Filter& filter);
  // Throws std::out_of_range for a traceback without frames, unless any frame will do.
  bool matches_conditions(const FilterSubject& subject, FramePicker& picker);
  bool matches_frame(const Frame& frame);
  bool matches_tag(std::string_view tag);

  bool inclusive_;
  std::optional<int64_t> domain_;
  // The other members are only for a Filter.
  bool looks_at_frames_ = false;
  bool all_frames_ = false;
  std::optional<int64_t> lineno_;
  std::optional<NameMatcher> filename_;
  std::optional<NameMatcher> function_;
  std::optional<NameMatcher> module_;
  std::optional<NameMatcher> tag_;
};

// A list of filters. Not thread-safe.
class FilterEvaluation {
 public:
  FilterEvaluation(std::span<const TraceFilter> filters, const SkipList& skip_list);

  bool keeps(const FilterSubject& subject);

 private:
  FramePicker picker_;
  std::vector<CompiledFilter> inclusive_;
  std::vector<CompiledFilter> exclusive_;
};

}  // namespace heapreel
