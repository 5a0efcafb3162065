#include <heapreel/traces.h>

#include <algorithm>
#include <utility>

#include "snapshot/query/snapshot_data.h"
#include "snapshot/text/python_index.h"

namespace heapreel {

Traces::Traces(std::shared_ptr<const SnapshotData> snapshot) : snapshot_(std::move(snapshot)) {}

size_t Traces::size() const {
  return snapshot_->set().block_count();
}

Trace Traces::at(size_t position) const {
  const BlockRow& block = snapshot_->blocks()[position];
  const SiteRow site = snapshot_->set().site(block.site);
  const TracebackSource& source = snapshot_->source();
  return {site.domain,  block.size, source.traceback(site.traceback), block.address,
          block.thread, block.born, source.tag_name(site.tag)};
}

Trace Traces::operator[](ptrdiff_t index) const {
  return at(python_index(index, size(), "list index out of range"));
}

std::vector<Trace> Traces::slice(std::optional<ptrdiff_t> start, std::optional<ptrdiff_t> stop) const {
  const auto [first, last] = python_slice(start, stop, size());
  std::vector<Trace> part;
  part.reserve(last - first);
  for (size_t i = first; i < last; ++i) part.push_back(at(i));
  return part;
}

bool Traces::contains(const Trace& trace) const {
  return std::find(begin(), end(), trace) != end();
}

std::string Traces::repr() const {
  return "<Traces len=" + std::to_string(size()) + ">";
}

bool operator==(const Traces& a, const Traces& b) {
  return a.snapshot_ == b.snapshot_ || (a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin()));
}

}  // namespace heapreel
