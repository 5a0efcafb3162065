#include "snapshot/reel/read/reel.h"

#include <algorithm>
#include <stdexcept>

#include "snapshot/query/snapshot_data.h"
#include "snapshot/reel/read/recorded_state.h"

namespace heapreel {

namespace {

// Blocks and sums count the same in two ways, which must agree.
void check_sums(const RecordedBlocks& blocks, const engine::Totals& totals) {
  if (blocks.count() != totals.live_blocks || blocks.bytes() != totals.live_bytes) {
    throw ReelError("its blocks do not add up to its sums");
  }
}

Snapshot snapshot_of(std::shared_ptr<const ReelTraceSet> set) {
  const auto limit = static_cast<int>(set->sums().traceback_limit);
  return SnapshotData::make_snapshot(std::move(set), limit, SkipList::for_native_code());
}

bool is_last_of_generation(const ForgetfulList<ReelStill>& stills, size_t position) {
  for (size_t next = position + 1; next < stills.size(); ++next) {
    if (stills[next].has_state()) return stills[next].sums.generation != stills[position].sums.generation;
  }
  return true;
}

}  // namespace

Reel Reel::open(const std::string& path, ReelOptions options) {
  try {
    const auto input = std::make_shared<const ReelInput>(path);
    auto contents = std::make_shared<const ReelContents>(*input, options.most_checked_bytes);
    return Reel(path, std::move(options), input, std::move(contents));
  } catch (const ReelError& error) {
    throw ReelError(path + ": " + error.what());
  }
}

Reel::Reel(std::string path, ReelOptions options, std::shared_ptr<const ReelInput> input,
           std::shared_ptr<const ReelContents> contents)
    : path_(std::move(path)),
      most_still_bytes_(options.most_still_bytes),
      input_(std::move(input)),
      contents_(std::move(contents)),
      source_(std::make_shared<const ReelTracebackSource>(contents_, std::move(options.symbols))),
      group_sums_(std::make_shared<const RecordedGroupSums>(path_, input_, contents_)),
      cross_thread_frees_(std::make_shared<const RecordedCrossThreadFrees>(path_, input_, contents_)),
      domain_peaks_(std::make_shared<const RecordedDomainPeaks>(path_, input_, contents_)),
      heaps_(std::make_shared<const RecordedHeaps>(path_, input_, contents_)),
      held_(std::make_shared<HeldStills>()),
      held_marks_(std::make_shared<HeldStills>()) {}

size_t Reel::position_of(uint32_t game_frame) const {
  const auto& rows = game_frames();
  const auto row = std::ranges::lower_bound(rows, game_frame, {}, &GameFrameRow::number);
  if (row == rows.end() || row->number != game_frame) {
    const std::string range =
        rows.empty() ? "none" : std::to_string(rows.front().number) + " to " + std::to_string(rows.back().number);
    throw ReelError(path_ + ": has no game frame " + std::to_string(game_frame) + "; there are " + range);
  }
  if (row->merged) {
    const auto next = std::find_if(row, rows.end(), [](const GameFrameRow& other) { return !other.merged; });
    throw ReelError(path_ + ": game frame " + std::to_string(game_frame) + " has sums only, it was merged into " +
                    (next == rows.end() ? "one that is missing" : "game frame " + std::to_string(next->number)));
  }
  return contents_->position_of_row(static_cast<size_t>(row - rows.begin()));
}

std::shared_ptr<const ReelTraceSet> Reel::at(uint32_t game_frame) const {
  return still(position_of(game_frame));
}

std::shared_ptr<const ReelTraceSet> Reel::at_end() const {
  const auto& stills = contents_->stills();
  for (size_t position = stills.size(); position-- > 0;) {
    if (stills[position].has_state()) return still(position);
  }
  throw ReelError(path_ + ": holds no still");
}

uint32_t Reel::peak_game_frame() const {
  const GameFrameRow* peak = nullptr;
  for (const GameFrameRow& row : game_frames()) {
    if (!row.merged && (peak == nullptr || row.live_bytes > peak->live_bytes)) peak = &row;
  }
  if (peak == nullptr) throw ReelError(path_ + ": holds no still");
  return peak->number;
}

// From `first` on those that were made before the still at `position`. Returns the first one that was not.
size_t Reel::verify_marks(size_t position, size_t first, std::vector<std::string>& damage) const {
  std::shared_ptr<const ReelTraceSet> before;  // the next is made out of it
  size_t mark = first;
  for (; mark < marks().size() && contents_->marks().states()[mark].stills_before <= position; ++mark) {
    if (!marks()[mark].has_state) continue;
    try {
      before = read_mark(mark);
    } catch (const ReelError& error) {
      damage.push_back("mark " + marks()[mark].name + ": " + error.what());
    }
  }
  return mark;
}

std::vector<std::string> Reel::verify() const {
  std::vector<std::string> damage = info().damage;
  if (!info().checked) {
    const ReelContents whole(*input_, UINT64_MAX);
    damage = whole.info().damage;
  }
  const auto& stills = contents_->stills();
  std::shared_ptr<const ReelTraceSet> before;  // the next one is made from it
  size_t mark = 0;
  for (size_t position = 0; position < stills.size(); ++position) {
    mark = verify_marks(position, mark, damage);
    if (!stills[position].has_state()) continue;
    try {
      before = read_still(position);
      // The sums of the last still of a generation are made from all before them, and must equal its own.
      if (is_last_of_generation(stills, position) && contents_->has_group_sums() && before->generation()) {
        before->check_group_sums();
        if (contents_->knows_cross_thread_frees(position)) before->check_cross_thread_frees();
        static_cast<void>(before->heaps());
      }
    } catch (const std::invalid_argument&) {
      // A recording that broke off lacks them: nothing is damaged.
    } catch (const ReelError& error) {
      damage.push_back("game frame " + std::to_string(contents_->own_number(stills[position].number())) + ": " +
                       error.what());
    }
  }
  verify_marks(stills.size(), mark, damage);
  return damage;
}

Snapshot Reel::snapshot_at(uint32_t game_frame) const {
  return snapshot_of(at(game_frame));
}

Snapshot Reel::snapshot_at_mark(size_t mark) const {
  return snapshot_of(at_mark(mark));
}

std::shared_ptr<const ReelTraceSet> Reel::at_mark(size_t mark) const {
  try {
    return read_mark(mark);
  } catch (const ReelError& error) {
    throw ReelError(path_ + ": the state at the mark " + marks()[mark].name + " cannot be shown: " + error.what());
  }
}

std::shared_ptr<const ReelTraceSet> Reel::still(size_t position) const {
  try {
    return read_still(position);
  } catch (const ReelError& error) {
    throw ReelError(path_ + ": game frame " +
                    std::to_string(contents_->own_number(contents_->stills()[position].number())) +
                    " cannot be shown: " + error.what());
  }
}

std::shared_ptr<const ReelTraceSet> Reel::read_still(size_t position) const {
  const auto& stills = contents_->stills();
  size_t key = position;
  while (key > 0 && !(stills[key].has_state() && stills[key].is_key)) --key;
  if (!stills[key].is_key) throw ReelError("the complete state that it builds on is missing");

  const auto [from, held] = held_->latest(key, position);
  if (held != nullptr && from == position) return held;
  RecordedState state = held == nullptr ? RecordedState(contents_->tables().site_count(), most_still_bytes_)
                                        : RecordedState(held->blocks(), held->aggregates());
  SectionReader reader(*input_);
  for (size_t at = held == nullptr ? key : from + 1; at <= position; ++at) {
    const ReelStill& still = stills[at];
    if (!still.has_state()) continue;
    state.start_still(still.number());
    for (uint32_t part = still.first_part; part < still.first_part + still.part_count; ++part) {
      read_part(state, contents_->parts()[part], reel_format::SectionKind::kState, reader);
    }
    state.end_still();
  }
  check_sums(state.blocks(), stills[position].sums.totals);
  const uint32_t number = contents_->own_number(stills[position].number());
  auto still = std::make_shared<const ReelTraceSet>(
      source_, number, stills[position].sums, state.take_blocks(), state.sites(),
      SumsByStill{group_sums_, cross_thread_frees_, domain_peaks_, heaps_}, position);
  held_->add(position, still);
  return still;
}

std::shared_ptr<const ReelTraceSet> Reel::read_mark(size_t mark) const {
  const ReelMarks& marks = contents_->marks();
  const auto [still, first] = marks.start_of(mark, contents_->stills());
  const auto [from, held] = held_marks_->latest(first, mark);
  if (held != nullptr && from == mark) return held;
  const auto before = held != nullptr ? held : still ? read_still(*still) : nullptr;
  RecordedState state = before == nullptr ? RecordedState(contents_->tables().site_count(), most_still_bytes_)
                                          : RecordedState(before->blocks(), before->aggregates());
  SectionReader reader(*input_);
  for (size_t at = held != nullptr ? from + 1 : first; at <= mark; ++at) {
    const ReelMarkState& told = marks.states()[at];
    if (told.part_count == 0) continue;
    state.start_still(marks.all()[at].sums.game_frames);
    for (uint32_t part = told.first_part; part < told.first_part + told.part_count; ++part) {
      read_part(state, marks.parts()[part], reel_format::SectionKind::kMarkState, reader);
    }
    state.end_still();
  }
  const ReelMark& told = marks.all()[mark];
  check_sums(state.blocks(), told.sums.totals);
  auto shown =
      std::make_shared<const ReelTraceSet>(source_, told.game_frame, told.sums, state.take_blocks(), state.sites());
  held_marks_->add(mark, shown);
  return shown;
}

void Reel::read_part(RecordedState& state, const ReelPart& part, reel_format::SectionKind kind,
                     SectionReader& reader) const {
  const SectionHeader header = input_->section_header(part.offset);
  if (header.kind != kind || header.still != part.still) {
    throw ReelError("damaged at byte " + std::to_string(part.offset) + " (not the state that the index names)");
  }
  state.apply(reader.payload(part.offset, header));
}

}  // namespace heapreel
