// The sequence of a snapshot's traces.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <heapreel/element_iterator.h>
#include <heapreel/export.h>
#include <heapreel/trace.h>

namespace heapreel {

class SnapshotData;

// A view that keeps its snapshot alive. It is immutable and cheap to copy. Any thread. Elements are made when they are
// accessed, and returned by value. The order is that of from_traces(); in a tracer's snapshot it is not defined, but it
// is the same at every access.
//
// size() does no work. The first access to an element of a tracer's or a reel's snapshot lists its blocks once, which
// takes 32 bytes for each block. Statistics never need that list.
class HEAPREEL_API Traces {
 public:
  using const_iterator = ElementIterator<Traces, Trace>;

  explicit Traces(std::shared_ptr<const SnapshotData> snapshot);

  size_t size() const;
  bool empty() const { return size() == 0; }
  const_iterator begin() const { return const_iterator(this, 0); }
  const_iterator end() const { return const_iterator(this, size()); }

  // A negative index counts from the end. Throws std::out_of_range("list index out of range").
  Trace operator[](ptrdiff_t index) const;
  // Python's [start:stop]: bounds are clipped, negative ones count from the end.
  std::vector<Trace> slice(std::optional<ptrdiff_t> start, std::optional<ptrdiff_t> stop) const;
  // Whether an equal trace is among them. Looks at each trace in turn.
  bool contains(const Trace& trace) const;

  // repr(): "<Traces len=6>".
  std::string repr() const;

  // Whether both have the same traces in the same order.
  friend HEAPREEL_API bool operator==(const Traces& a, const Traces& b);

 private:
  friend const_iterator;
  Trace at(size_t position) const;

  std::shared_ptr<const SnapshotData> snapshot_;
};

}  // namespace heapreel
