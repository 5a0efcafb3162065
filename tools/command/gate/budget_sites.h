// Which call site contributes most to a broken budget.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "snapshot/budget/budget.h"
#include "snapshot/budget/budget_verdict.h"
#include "snapshot/budget/site_ignore.h"
#include "snapshot/reel/read/reel.h"

namespace heapreel::tools {

struct TopSite {
  uint32_t traceback = 0;
  uint64_t value = 0;  // of the figure
};

// The site under the budget that has most of the limit's figure in the verdict's worst game frame. Nothing when it is
// not known exactly: for blocks that are gone, a reel knows what a thread allocated and what a site allocated, but not
// both at once. Throws ReelError.
std::optional<TopSite> top_site(const Reel& reel, const std::vector<SiteIgnore>& ignores, const Budget& budget,
                                const BudgetLimit& limit, const LimitVerdict& verdict);

}  // namespace heapreel::tools
