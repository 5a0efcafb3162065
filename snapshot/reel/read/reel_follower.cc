#include "snapshot/reel/read/reel_follower.h"

#include <utility>

namespace heapreel {

namespace {

// Calls `read`, and adds the file's name to its errors.
template <class Read>
auto named(const std::string& path, Read&& read) {
  try {
    return read();
  } catch (const ReelError& error) {
    throw ReelError(path + ": " + error.what());
  }
}

}  // namespace

ReelFollower::ReelFollower(const std::string& path, ReelOptions options, size_t most_at_once)
    : input_(named(path, [&] { return std::make_shared<ReelInput>(path); })),
      contents_(
          named(path, [&] { return std::make_shared<ReelContents>(ReelContents::growing(*input_, most_at_once)); })),
      reel_(path, std::move(options), input_, contents_),
      most_at_once_(most_at_once) {}

ReelFollower::News ReelFollower::update() {
  if (is_over()) return News::kNone;
  if (!has_more()) input_->look_again();
  return contents_->grow(*input_, most_at_once_);
}

}  // namespace heapreel
