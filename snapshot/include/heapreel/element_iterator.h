// The iterator of sequences that make an element when it is accessed: Traces and StatisticDiffs.
#pragma once

#include <cstddef>
#include <iterator>

namespace heapreel {

// Iterates over a List that makes the Element at a position. Points into the list and must not outlive it.
template <class List, class Element>
class ElementIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = Element;
  using difference_type = ptrdiff_t;
  using pointer = const Element*;
  using reference = Element;

  ElementIterator() = default;
  Element operator*() const { return list_->at(position_); }
  ElementIterator& operator++() {
    ++position_;
    return *this;
  }
  ElementIterator operator++(int) {
    ElementIterator before = *this;
    ++position_;
    return before;
  }
  friend bool operator==(const ElementIterator& a, const ElementIterator& b) { return a.position_ == b.position_; }

 private:
  friend List;
  ElementIterator(const List* list, size_t position) : list_(list), position_(position) {}

  const List* list_ = nullptr;
  size_t position_ = 0;
};

}  // namespace heapreel
