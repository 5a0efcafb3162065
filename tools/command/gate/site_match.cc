#include "tools/command/gate/site_match.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <map>
#include <tuple>

#include "tools/command/console/joined.h"

namespace heapreel::tools {
namespace {

using Lines = std::vector<SiteLine>;
using Matches = std::vector<std::optional<size_t>>;

// Above this number the order alone decides.
constexpr size_t kMostCompared = 64;

bool is_alike(uint64_t a, uint64_t b) {
  return std::max(a, b) - std::min(a, b) <= std::max(a, b) / 16;
}

int64_t shift_of(uint32_t before, uint32_t after) {
  return int64_t{after} - int64_t{before};
}

// Matches two lists line by line: tries every way to leave lines out of the longer list. O(n^2 m).
class Alignment {
 public:
  Alignment(const Lines& few, const Lines& many) : few_(few), many_(many) {}

  // For each line of the shorter list its position in the longer one.
  std::vector<size_t> best() {
    const size_t n = few_.size();
    const size_t m = many_.size();
    cost_.assign(n * m, INT64_MAX);
    from_.assign(n * m, 0);
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = i; j + (n - i) <= m; ++j) choose(i, j);
    }
    size_t j = static_cast<size_t>(std::min_element(cost_.begin() + static_cast<ptrdiff_t>((n - 1) * m), cost_.end()) -
                                   (cost_.begin() + static_cast<ptrdiff_t>((n - 1) * m)));
    std::vector<size_t> chosen(n);
    for (size_t i = n; i-- > 0;) {
      chosen[i] = j;
      j = from_[i * m + j];
    }
    return chosen;
  }

 private:
  // How unlike two lines are: 1 for each factor of two between their numbers of allocations, and as much as three moved
  // lines when their blocks have another average size.
  int64_t unlikeness(size_t i, size_t j) const {
    const auto width = [](uint64_t number) { return static_cast<int64_t>(std::bit_width(number)); };
    const auto average = [](const SiteLine& site) { return site.allocs == 0 ? 0 : site.alloc_bytes / site.allocs; };
    return std::abs(width(few_[i].allocs) - width(many_[j].allocs)) +
           (is_alike(average(few_[i]), average(many_[j])) ? 0 : 3);
  }

  void choose(size_t i, size_t j) {
    const size_t m = many_.size();
    int64_t& cost = cost_[i * m + j];
    const int64_t own = unlikeness(i, j);
    if (i == 0) {
      cost = own;
      return;
    }
    for (size_t before = i - 1; before < j; ++before) {
      const int64_t earlier = cost_[(i - 1) * m + before];
      if (earlier == INT64_MAX) continue;
      const int64_t moved =
          std::abs(shift_of(few_[i].line, many_[j].line) - shift_of(few_[i - 1].line, many_[before].line));
      if (earlier + moved + own >= cost) continue;
      cost = earlier + moved + own;
      from_[i * m + j] = before;
    }
  }

  const Lines& few_;
  const Lines& many_;
  std::vector<int64_t> cost_;  // the cost of matching i with j, and all before i
  std::vector<size_t> from_;   // the line with which i - 1 is then matched
};

std::vector<size_t> aligned(const Lines& few, const Lines& many) {
  if (few.empty()) return {};
  if (many.size() <= kMostCompared) return Alignment(few, many).best();
  std::vector<size_t> chosen(few.size());
  for (size_t i = 0; i < few.size(); ++i) chosen[i] = i;
  return chosen;
}

using Name = std::pair<std::string, std::string>;  // function, file
using ByName = std::map<Name, std::vector<size_t>>;

ByName by_name(const BuildSites& build) {
  ByName result;
  for (size_t site = 0; site < build.sites.size(); ++site) {
    const BuildSite& known = build.sites[site];
    // Code without a name is the same when it lies at the same place.
    const std::string function = known.function.empty() ? joined({"+", std::to_string(known.offset)}) : known.function;
    result[{function, known.file}].push_back(site);
  }
  return result;
}

Lines lines_of(const BuildSites& build, const std::vector<size_t>& sites) {
  Lines lines;
  for (const size_t site : sites)
    lines.push_back({build.sites[site].line, build.sites[site].allocs, build.sites[site].alloc_bytes});
  return lines;
}

class Matcher {
 public:
  Matcher(const BuildSites& before, const BuildSites& after) : before_(before), after_(after) {}

  std::vector<SitePair> pairs() {
    ByName old_names = by_name(before_);
    ByName new_names = by_name(after_);
    for (auto& [name, sites] : old_names) {
      if (const auto same = new_names.find(name); same != new_names.end()) {
        pair(sites, same->second);
        sites.clear();
        new_names.erase(same);
      }
    }
    std::erase_if(old_names, [](const auto& entry) { return entry.second.empty(); });
    pair_moved(old_names, new_names);
    for (const auto& [name, sites] : old_names) pair(sites, {});
    for (const auto& [name, sites] : new_names) pair({}, sites);
    return std::move(pairs_);
  }

 private:
  void pair(const std::vector<size_t>& old_sites, const std::vector<size_t>& new_sites) {
    const Matches matches = matched_lines(lines_of(before_, old_sites), lines_of(after_, new_sites));
    std::vector<bool> taken(new_sites.size());
    for (size_t i = 0; i < old_sites.size(); ++i) {
      SitePair& made = pairs_.emplace_back(SitePair{.before = old_sites[i], .after = {}});
      if (!matches[i]) continue;
      made.after = new_sites[*matches[i]];
      taken[*matches[i]] = true;
    }
    for (size_t j = 0; j < new_sites.size(); ++j) {
      if (!taken[j]) pairs_.push_back({.before = {}, .after = new_sites[j]});
    }
  }

  // Pairs a function that moved to another file, when both sides have exactly one function of its name.
  void pair_moved(ByName& old_names, ByName& new_names) {
    std::map<std::string, std::pair<std::vector<Name>, std::vector<Name>>> functions;
    for (const auto& [name, sites] : old_names) functions[name.first].first.push_back(name);
    for (const auto& [name, sites] : new_names) functions[name.first].second.push_back(name);
    for (const auto& [function, names] : functions) {
      if (function.starts_with('+') || names.first.size() != 1 || names.second.size() != 1) continue;
      pair(old_names.at(names.first[0]), new_names.at(names.second[0]));
      old_names.erase(names.first[0]);
      new_names.erase(names.second[0]);
    }
  }

  const BuildSites& before_;
  const BuildSites& after_;
  std::vector<SitePair> pairs_;
};

}  // namespace

std::vector<std::optional<size_t>> matched_lines(const Lines& before, const Lines& after) {
  Matches matches(before.size());
  if (before.size() <= after.size()) {
    const std::vector<size_t> chosen = aligned(before, after);
    for (size_t i = 0; i < chosen.size(); ++i) matches[i] = chosen[i];
  } else {
    const std::vector<size_t> chosen = aligned(after, before);
    for (size_t j = 0; j < chosen.size(); ++j) matches[chosen[j]] = j;
  }
  return matches;
}

std::vector<SitePair> matched_sites(const BuildSites& before, const BuildSites& after) {
  return Matcher(before, after).pairs();
}

}  // namespace heapreel::tools
