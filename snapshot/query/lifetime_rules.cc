#include "snapshot/query/lifetime_rules.h"

#include <stdexcept>
#include <string>

namespace heapreel {

namespace {

constexpr LifetimeRuleInfo kRules[] = {
    {LifetimeRule::active_allocs, "active-allocs", 1, "alive at the end of A", false},
    {LifetimeRule::before, "before", 1, "gone before A began", true},
    {LifetimeRule::after, "after", 1, "born in A or later", true},
    {LifetimeRule::decline, "decline", 2, "there when A began, freed up to the end of B", false},
    {LifetimeRule::growth, "growth", 2, "born in A..B, alive at the end of B", false},
    {LifetimeRule::growth_vs_decline, "growth-vs-decline", 2, "growth minus decline", false},
    {LifetimeRule::free_events, "free-events", 2, "freed in A..B", true},
    {LifetimeRule::alloc_events, "alloc-events", 2, "born in A..B", true},
    {LifetimeRule::short_living, "short-living", 2, "born and freed in A..B", true},
    {LifetimeRule::long_living, "long-living", 2, "there when A began, alive at the end of B", false},
    {LifetimeRule::memory_leaks, "memory-leaks", 3, "born in A..B, alive at the end of C", false},
    {LifetimeRule::limited_lifetime, "limited-lifetime", 3, "born in A..B, freed after B and up to C", false},
    {LifetimeRule::decline_of_long_living, "decline-of-long-living", 3, "there when A began, freed after B and up to C",
     false},
    {LifetimeRule::specific_lifetime, "specific-lifetime", 4, "born in A..B, freed after C and up to D", false},
    {LifetimeRule::cross_thread_frees, "cross-thread-frees", 2, "freed in A..B by a thread that did not allocate them",
     true},
};

using enum Moment;
using enum Quantity;

// In the order of LifetimeRule, as above.
constexpr LifetimeTerms kTerms[] = {
    {{{+1, kLive, kEndOfA}}},
    {{{+1, kFrees, kBeforeA}}},
    {{{+1, kAllocs, kLast}, {-1, kAllocs, kBeforeA}}},
    {{{+1, kLive, kBeforeA}, {-1, kLiveBornEarlier, kEndOfB}}},
    {{{+1, kLiveBornIn, kEndOfB}}},
    {{{+1, kLive, kEndOfB}, {-1, kLive, kBeforeA}}},
    {{{+1, kFrees, kEndOfB}, {-1, kFrees, kBeforeA}}},
    {{{+1, kAllocs, kEndOfB}, {-1, kAllocs, kBeforeA}}},
    {{{+1, kAllocs, kEndOfB}, {-1, kAllocs, kBeforeA}, {-1, kLiveBornIn, kEndOfB}}},
    {{{+1, kLiveBornEarlier, kEndOfB}}},
    {{{+1, kLiveBornIn, kEndOfC}}},
    {{{+1, kLiveBornIn, kEndOfB}, {-1, kLiveBornIn, kEndOfC}}},
    {{{+1, kLiveBornEarlier, kEndOfB}, {-1, kLiveBornEarlier, kEndOfC}}},
    {{{+1, kLiveBornIn, kEndOfC}, {-1, kLiveBornIn, kEndOfD}}},
    {{{+1, kCrossThreadFrees, kEndOfB}, {-1, kCrossThreadFrees, kBeforeA}}},
};
static_assert(std::size(kRules) == std::size(kTerms));

}  // namespace

const LifetimeTerms& terms_of(LifetimeRule rule) {
  return kTerms[static_cast<size_t>(rule)];
}

std::span<const LifetimeRuleInfo> lifetime_rules() {
  return kRules;
}

const LifetimeRuleInfo& lifetime_rule_info(LifetimeRule rule) {
  return kRules[static_cast<size_t>(rule)];
}

LifetimeRule lifetime_rule_from_string(std::string_view name) {
  for (const LifetimeRuleInfo& info : kRules) {
    if (info.name == name) return info.rule;
  }
  throw std::invalid_argument("unknown lifetime rule: '" + std::string(name) + "'");
}

}  // namespace heapreel
