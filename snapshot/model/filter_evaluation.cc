#include "snapshot/model/filter_evaluation.h"

#include <algorithm>

namespace heapreel {
namespace {

std::optional<NameMatcher> matcher_of(const std::optional<std::string>& pattern) {
  if (!pattern) return std::nullopt;
  return NameMatcher({*pattern});
}

}  // namespace

CompiledFilter::CompiledFilter(const TraceFilter& filter)
    : inclusive_(std::visit([](const auto& any) { return any.inclusive; }, filter)) {
  if (const auto* domain_filter = std::get_if<DomainFilter>(&filter)) {
    domain_ = domain_filter->domain();
  } else {
    compile(std::get<Filter>(filter));
  }
}

void CompiledFilter::compile(const Filter& filter) {
  domain_ = filter.domain;
  looks_at_frames_ = true;
  all_frames_ = filter.all_frames;
  lineno_ = filter.lineno;
  filename_.emplace(std::vector{filter.filename_pattern()}, filter.normalizer());
  function_ = matcher_of(filter.function_pattern);
  module_ = matcher_of(filter.module_pattern);
  tag_ = matcher_of(filter.tag_pattern);
}

bool CompiledFilter::matches_conditions(const FilterSubject& subject, FramePicker& picker) {
  if (domain_ && *domain_ != int64_t{subject.domain}) return false;
  if (!matches_tag(subject.tag)) return false;
  if (!looks_at_frames_) return true;
  if (!all_frames_) return matches_frame(picker.pick(subject.traceback));
  return std::ranges::any_of(subject.traceback, [this](const Frame& frame) { return matches_frame(frame); });
}

bool CompiledFilter::matches_frame(const Frame& frame) {
  return (!lineno_ || *lineno_ == int64_t{frame.lineno()}) && filename_->matches(frame.filename()) &&
         (!function_ || function_->matches(frame.function())) && (!module_ || module_->matches(frame.module()));
}

bool CompiledFilter::matches_tag(std::string_view tag) {
  if (!tag_) return true;
  // A block with the tag "Physics/Solver" is in the scopes "Physics/Solver" and "Physics".
  for (;;) {
    if (tag_->matches(tag)) return true;
    const size_t slash = tag.rfind('/');
    if (slash == tag.npos) return false;
    tag.remove_suffix(tag.size() - slash);
  }
}

FilterEvaluation::FilterEvaluation(std::span<const TraceFilter> filters, const SkipList& skip_list)
    : picker_(skip_list) {
  for (const TraceFilter& filter : filters) {
    CompiledFilter compiled(filter);
    auto& list = compiled.is_inclusive() ? inclusive_ : exclusive_;
    list.push_back(std::move(compiled));
  }
}

bool FilterEvaluation::keeps(const FilterSubject& subject) {
  const auto passes = [&](CompiledFilter& filter) { return filter.passes(subject, picker_); };
  return (inclusive_.empty() || std::ranges::any_of(inclusive_, passes)) && std::ranges::all_of(exclusive_, passes);
}

}  // namespace heapreel
