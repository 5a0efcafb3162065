// The numbers by which a program knows its game frames, where they differ from ours.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace heapreel {

class ProgramNumbers {
 public:
  // From our game frame `from` on the program counts from `number`, until the next piece.
  struct Piece {
    uint32_t from, number;
  };

  // Begins a piece. Called in ascending order; when a game frame comes again, the later call counts.
  void add(uint32_t game_frame, uint32_t number) {
    if (!pieces_.empty() && pieces_.back().from == game_frame) pieces_.pop_back();
    pieces_.push_back({game_frame, number});
  }

  // Whether any number differs from ours.
  bool any() const { return !pieces_.empty(); }
  // Ascending. Two that follow each other may count on without a jump.
  const std::vector<Piece>& pieces() const { return pieces_; }

  uint32_t of(uint32_t game_frame) const {
    const auto after = std::ranges::upper_bound(pieces_, game_frame, {}, &Piece::from);
    return after == pieces_.begin() ? game_frame : (after - 1)->number + (game_frame - (after - 1)->from);
  }

  // Our game frames up to `last` that have this number in the program, ascending.
  std::vector<uint32_t> find(uint32_t number, uint32_t last) const {
    std::vector<uint32_t> found;
    for (size_t place = 0; place <= pieces_.size(); ++place) {
      const Piece piece = place == 0 ? Piece{0, 0} : pieces_[place - 1];
      const uint64_t end = place == pieces_.size() ? uint64_t{last} + 1 : pieces_[place].from;
      const uint64_t at = uint64_t{piece.from} + (number - piece.number);
      if (number >= piece.number && at < std::min<uint64_t>(end, uint64_t{last} + 1))
        found.push_back(static_cast<uint32_t>(at));
    }
    return found;
  }

 private:
  std::vector<Piece> pieces_;
};

}  // namespace heapreel
