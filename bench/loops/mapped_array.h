// Memory of a loop's own. It comes from the system, so that no tracer sees an allocation that the loop did not mean.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>

namespace heapreel::bench::loops {

// `count` zeroed elements of a type without a constructor. Ends the program when there is no memory.
template <class T>
class MappedArray {
 public:
  explicit MappedArray(size_t count) : bytes_(count * sizeof(T)) {
    if (bytes_ == 0) return;
    void* memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) {
      std::perror("mmap");
      std::exit(1);
    }
    data_ = static_cast<T*>(memory);
  }
  ~MappedArray() {
    if (data_ != nullptr) munmap(data_, bytes_);
  }
  MappedArray(const MappedArray&) = delete;
  MappedArray& operator=(const MappedArray&) = delete;

  T& operator[](size_t index) { return data_[index]; }
  T* begin() { return data_; }
  T* end() { return data_ + bytes_ / sizeof(T); }

 private:
  const size_t bytes_;
  T* data_ = nullptr;
};

}  // namespace heapreel::bench::loops
