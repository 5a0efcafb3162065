// A list that grows at its end and may forget its front. What is left keeps its position.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <utility>
#include <vector>

namespace heapreel {

template <class T>
class ForgetfulList {
 public:
  // Counts forgotten elements, too, so that the last element is at size() - 1.
  size_t size() const { return forgotten_ + kept_.size(); }
  bool empty() const { return size() == 0; }
  // The first position that is not forgotten.
  size_t first() const { return forgotten_; }

  // `position`: from first() on.
  T& operator[](size_t position) { return kept_[place_of(position)]; }
  const T& operator[](size_t position) const { return kept_[place_of(position)]; }
  T& back() { return kept_.back(); }
  const T& back() const { return kept_.back(); }
  // The elements that are kept.
  const std::vector<T>& kept() const { return kept_; }

  void push_back(T element) { kept_.push_back(std::move(element)); }
  // Takes back the last ones, of those that are kept.
  void pop_back(size_t count = 1) { kept_.resize(kept_.size() - count); }
  void clear() {
    kept_.clear();
    forgotten_ = 0;
  }
  // Takes time in proportion to the elements that are kept.
  void forget_before(size_t position) {
    if (position <= forgotten_) return;
    const size_t count = std::min(position - forgotten_, kept_.size());
    kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(count));
    forgotten_ += count;
  }

 private:
  size_t place_of(size_t position) const {
    assert(position >= forgotten_);
    return position - forgotten_;
  }

  std::vector<T> kept_;
  size_t forgotten_ = 0;
};

}  // namespace heapreel
