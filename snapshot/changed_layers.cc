#include "snapshot/changed_layers.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace heapreel {

ChangedLayers::ChangedLayers(const Grouping& known, KnownSide known_side, const GroupChanges& changes)
    : unchanged(known.layers()), side(known_side), tracebacks(known.tracebacks()) {
  std::vector<GroupSum> known_sums(changes.list().size());
  const auto changed_place = [&](const GroupRow& row) {
    const uint32_t place = changes.place_of(row.group);
    return place != GroupChanges::kNone && changes.list()[place].growth != GroupSum{} ? place : GroupChanges::kNone;
  };
  std::erase_if(unchanged.put_in, [&](const PlacedRow& placed) {
    const uint32_t place = changed_place(placed.row);
    if (place == GroupChanges::kNone) return false;
    known_sums[place] = placed.row.sum;
    return true;
  });

  // Positions that the layers leave out already belong to groups that were looked at above, or are gone.
  const size_t left_out_before = unchanged.left_out.size();
  changed.reserve(changes.list().size());
  for (size_t i = 0; i < changes.list().size(); ++i) {
    const GroupChange& change = changes.list()[i];
    if (change.growth == GroupSum{}) continue;
    const uint32_t position = unchanged.base->position_of(change.group);
    const auto before = unchanged.left_out.begin() + static_cast<ptrdiff_t>(left_out_before);
    if (position != SortedGroups::kAbsent && !std::binary_search(unchanged.left_out.begin(), before, position)) {
      known_sums[i] = unchanged.base->rows()[position].sum;
      unchanged.left_out.push_back(position);
    }
    const GroupSum sum = known_sums[i];
    const bool is_old = side == KnownSide::kOld;
    changed.push_back(
        {change.traceback, change.group, is_old ? sum : sum - change.growth, is_old ? sum + change.growth : sum});
  }
  const auto added = unchanged.left_out.begin() + static_cast<ptrdiff_t>(left_out_before);
  std::sort(added, unchanged.left_out.end());
  std::inplace_merge(unchanged.left_out.begin(), added, unchanged.left_out.end());
}

std::shared_ptr<const Grouping> ChangedLayers::other_side() const {
  std::vector<PlacedRow> put_in;
  put_in.reserve(changed.size());
  for (const ChangedGroup& group : changed) {
    const GroupSum& sum = side == KnownSide::kOld ? group.new_sum : group.old_sum;
    if (sum.count == 0) continue;
    const GroupRow row{group.traceback, sum, group.group};
    put_in.push_back({row, unchanged.base->place_of(row)});
  }
  const auto in_order = [](const PlacedRow& a, const PlacedRow& b) { return a.row.comes_before(b.row); };
  std::sort(put_in.begin(), put_in.end(), in_order);
  GroupLayers layers{unchanged.base, unchanged.left_out, {}};
  layers.put_in.reserve(unchanged.put_in.size() + put_in.size());
  std::merge(unchanged.put_in.begin(), unchanged.put_in.end(), put_in.begin(), put_in.end(),
             std::back_inserter(layers.put_in), in_order);
  return std::make_shared<const Grouping>(std::move(layers), tracebacks);
}

}  // namespace heapreel
