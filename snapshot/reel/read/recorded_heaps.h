// Which blocks of a reel are memory of another domain than their own. It is read on request.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "engine/store/heap_list.h"
#include "snapshot/reel/read/reel_contents.h"
#include "snapshot/reel/read/reel_input.h"

namespace heapreel {

// Immutable, any thread. Throws ReelError where the file is damaged.
class RecordedHeaps {
 public:
  // `path`: for errors.
  RecordedHeaps(std::string path, std::shared_ptr<const ReelInput> input, std::shared_ptr<const ReelContents> contents)
      : path_(std::move(path)), input_(std::move(input)), contents_(std::move(contents)) {}

  // At a still that has a state: a position in ReelContents::stills(). None are known of reels of before format 1.5.
  std::set<engine::Heap> at(size_t still) const;

 private:
  const std::string path_;
  const std::shared_ptr<const ReelInput> input_;
  const std::shared_ptr<const ReelContents> contents_;
};

}  // namespace heapreel
