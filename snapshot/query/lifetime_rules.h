// What each lifetime rule adds up. All that a rule needs is in a few states: the live blocks, by game frame of birth,
// and how much was born and freed by then.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include <heapreel/lifetimes.h>

namespace heapreel {

enum class Moment : uint8_t { kBeforeA, kEndOfA, kEndOfB, kEndOfC, kEndOfD, kLast };

enum class Quantity : uint8_t {
  kLive,              // at the moment
  kLiveBornIn,        // of those, born in A..B
  kLiveBornEarlier,   // of those, born before A
  kAllocs,            // up to the moment
  kFrees,             // up to the moment
  kCrossThreadFrees,  // of these, by another thread than the one that allocated the block
};

struct LifetimeTerm {
  int sign = 0;  // 0: no term
  Quantity quantity = Quantity::kLive;
  Moment moment = Moment::kEndOfA;
};

using LifetimeTerms = std::array<LifetimeTerm, 3>;

const LifetimeTerms& terms_of(LifetimeRule rule);

}  // namespace heapreel
