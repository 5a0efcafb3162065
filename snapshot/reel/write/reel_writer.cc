#include "snapshot/reel/write/reel_writer.h"

#include <algorithm>
#include <bit>

#include "snapshot/reel/format/change_format.h"

namespace heapreel {

namespace {

using engine::FrozenTraces;
using engine::Record;
using engine::SiteAggregate;
using reel_format::SectionKind;
using Figures = RecordedSiteChange::Figures;

using change_format::kMostEntries;

RecordedBlock recorded(engine::BlockId id, const Record& record, uint32_t site_base) {
  return {.id = id,
          .site = site_base + record.site,
          .address = record.address,
          .size = record.size,
          .born = record.born,
          .thread = record.thread};
}

Figures figures_of(const SiteAggregate* site) {
  return site == nullptr ? Figures{} : std::bit_cast<Figures>(*site);
}

RecordedSiteChange site_change(uint32_t site, const SiteAggregate* before, const SiteAggregate* after) {
  const Figures old_figures = figures_of(before);
  RecordedSiteChange change{site, figures_of(after)};
  for (size_t i = 0; i < old_figures.size(); ++i) change.growth[i] -= old_figures[i];
  return change;
}

}  // namespace

ReelWriter::ReelWriter(const engine::TracerState& tracer, ReelWriterOptions options)
    : options_(std::move(options)), tables_(tracer, options_.budgets), file_(options_.max_bytes) {}

std::string ReelWriter::open(const std::string& path, const ReelHeader& header) {
  return file_.open(path, options_.overwrite, header);
}

void ReelWriter::add_still(StillKind kind, const FrozenTraces& state) {
  if (state.makeshift_game_frames != makeshift_game_frames_) {
    makeshift_game_frames_ = state.makeshift_game_frames;
    ByteWriter clock;
    clock.varint(makeshift_game_frames_);
    file_.add(SectionKind::kClockGameFrames, 0, 0, clock);
  }
  const ReelSums sums = ReelSums::of(state);
  ByteWriter out;
  out.u8(static_cast<uint8_t>(kind));
  write_sums(out, sums, last_still_);
  file_.add(SectionKind::kStills, 0, 0, out);
  last_still_ = sums;
  ++stills_;
}

bool ReelWriter::key_is_due(uint64_t entries_since, uint64_t live_blocks) const {
  return entries_since + live_blocks / 8 >= options_.least_key_distance &&
         static_cast<double>(entries_since) >= options_.key_every * static_cast<double>(live_blocks);
}

void ReelWriter::add_state(StateOwner owner, const FrozenTraces* before, const FrozenTraces& after,
                           uint32_t game_frame) {
  const bool comparable = before != nullptr && before->generation == after.generation;
  const bool is_mark = owner.kind == SectionKind::kMarkState;
  uint64_t& entries = is_mark ? mark_entries_ : entries_since_key_;
  if (!comparable || (!is_mark && !has_key_) || key_is_due(entries, after.totals.live_blocks)) {
    changes_.start(game_frame, [](uint32_t) { return SiteAggregate{}; });
    add_key(owner, after);
    entries = 0;
    has_key_ = has_key_ || !is_mark;
  } else {
    changes_.start(game_frame, [this, before](uint32_t site) { return before->site(site - tables_.site_base()); });
    entries += add_difference(owner, *before, after);
  }
  if (!is_mark) mark_entries_ = 0;
}

void ReelWriter::add_part(StateOwner owner, RecordedChange& part, uint16_t flags) {
  file_.add(owner.kind, flags, owner.number, changes_.part(part));
  part.clear();
}

void ReelWriter::add_key(StateOwner owner, const FrozenTraces& state) {
  RecordedChange part;
  state.for_each_block([&](engine::BlockId id, const Record& record) {
    if (part.size() == kMostEntries) add_part(owner, part, reel_format::kKeyStill | reel_format::kContinued);
    part.born.push_back(recorded(id, record, tables_.site_base()));
  });
  state.for_each_site([&](engine::SiteId id, const SiteAggregate& site) {
    if (part.size() == kMostEntries) add_part(owner, part, reel_format::kKeyStill | reel_format::kContinued);
    part.sites.push_back(site_change(tables_.site_base() + id, nullptr, &site));
  });
  add_part(owner, part, reel_format::kKeyStill);
}

size_t ReelWriter::add_difference(StateOwner owner, const FrozenTraces& before, const FrozenTraces& after) {
  RecordedChange change;
  FrozenTraces::for_each_block_difference(
      before, after,
      [&](engine::BlockId id, const Record& record) {
        change.died.push_back(recorded(id, record, tables_.site_base()));
      },
      [&](engine::BlockId id, const Record& record) {
        change.born.push_back(recorded(id, record, tables_.site_base()));
      });
  std::ranges::sort(change.died, {}, &RecordedBlock::id);
  std::ranges::sort(change.born, {}, &RecordedBlock::id);
  FrozenTraces::for_each_site_difference(
      before, after, [&](engine::SiteId id, const SiteAggregate* old_site, const SiteAggregate* new_site) {
        change.sites.push_back(site_change(tables_.site_base() + id, old_site, new_site));
      });
  const size_t entries = change.size();
  // Deaths come before births over all parts, because a block whose id is used again dies first.
  if (entries > kMostEntries) {
    const auto parts = [&](auto& all, auto RecordedChange::*list) {
      for (size_t at = 0; at < all.size(); at += kMostEntries) {
        RecordedChange part;
        const size_t end = std::min(all.size(), at + kMostEntries);
        (part.*list).assign(all.begin() + static_cast<ptrdiff_t>(at), all.begin() + static_cast<ptrdiff_t>(end));
        add_part(owner, part, reel_format::kContinued);
      }
      all.clear();
    };
    parts(change.died, &RecordedChange::died);
    parts(change.born, &RecordedChange::born);
    parts(change.sites, &RecordedChange::sites);
  }
  add_part(owner, change, 0);
  return entries;
}

void ReelWriter::add_new_tables(const FrozenTraces& state) {
  tables_.write_new(state, [this](SectionKind table, const ByteWriter& contents) { file_.add(table, 0, 0, contents); });
}

// The sums by group come last, so that a file that has them has everything about these stills.
void ReelWriter::add_sums() {
  if (!cross_thread_.empty()) file_.add(SectionKind::kCrossThreadFrees, 0, last_state_, cross_thread_.section());
  if (!domain_peaks_.empty()) file_.add(SectionKind::kDomainPeaks, 0, stills_ - 1, domain_peaks_.section());
  if (!group_sums_.empty()) file_.add(SectionKind::kGroupSums, 0, last_state_, group_sums_.section());
}

std::string ReelWriter::write_still(StillKind kind, const FrozenTraces* before, const FrozenTraces& after) {
  if (file_.stop() != ReelStop::kNone) return file_.error();
  add_new_tables(after);
  add_still(kind, after);
  add_state({SectionKind::kState, stills_ - 1}, before, after,
            kind == StillKind::kEnd ? after.game_frame : after.game_frame - 1);
  last_state_ = stills_ - 1;
  group_sums_.add(before, after);
  cross_thread_.add(last_state_, before, after, tables_.site_base());
  domain_peaks_.add(last_state_, domain_peaks_of(after));
  if (group_sums_.is_due() || cross_thread_.is_due() || domain_peaks_.is_due()) add_sums();
  return file_.flush();
}

std::string ReelWriter::write_game_frame(const FrozenTraces* before, const FrozenTraces& after) {
  return write_still(StillKind::kGameFrame, before, after);
}

std::string ReelWriter::write_end_state(const FrozenTraces* before, const FrozenTraces& after) {
  return write_still(StillKind::kEnd, before, after);
}

std::string ReelWriter::write_merged_game_frame(const FrozenTraces& sums, std::span<const RecordedDomainPeak> peaks) {
  if (file_.stop() != ReelStop::kNone) return file_.error();
  add_still(StillKind::kMerged, sums);
  domain_peaks_.add(stills_ - 1, peaks);
  return file_.flush();
}

std::string ReelWriter::write_game_frame_number(uint32_t game_frame, uint32_t number) {
  if (file_.stop() != ReelStop::kNone) return file_.error();
  const uint32_t ahead = number - game_frame;
  if (ahead == number_ahead_) return "";
  number_ahead_ = ahead;
  ByteWriter out;
  out.varint(game_frame);
  out.varint(number);
  file_.add(SectionKind::kOwnNumbers, 0, 0, out);
  return file_.flush();
}

std::string ReelWriter::write_mark(std::string_view name, const FrozenTraces* before, const FrozenTraces& state) {
  if (file_.stop() != ReelStop::kNone) return file_.error();
  const bool has_state = state.store_epoch != 0;
  if (has_state) add_new_tables(state);
  ByteWriter out;
  out.text(name);
  write_sums(out, ReelSums::of(state), {});
  file_.add(SectionKind::kMark, 0, 0, out);
  if (has_state) add_state({SectionKind::kMarkState, marks_}, before, state, state.game_frame);
  ++marks_;
  return file_.flush();
}

std::string ReelWriter::write_generation_end(const FrozenTraces& last) {
  if (file_.stop() != ReelStop::kNone) return file_.error();
  add_sums();
  group_sums_.end_generation();
  cross_thread_.end_generation();
  domain_peaks_.end_generation();
  ByteWriter out;
  write_sums(out, ReelSums::of(last), {});
  file_.add(SectionKind::kGenerationEnd, 0, 0, out);
  tables_.end_generation();
  has_key_ = false;
  return file_.flush();
}

std::string ReelWriter::finish(ReelEnd end) {
  std::erase_if(end.costs.stray_frees, [this](engine::StrayFree& stray) {
    if (stray.allocated_at != engine::StrayFree::kNotKnown && !tables_.number_traceback(stray.allocated_at)) {
      stray.allocated_at = engine::StrayFree::kNotKnown;
    }
    return !tables_.number_traceback(stray.freed_at);
  });
  if (file_.stop() == ReelStop::kNone) {
    add_sums();
    file_.flush();  // an error is told by the end, and returned below
  }
  if (file_.stop() == ReelStop::kNone) {
    tables_.write_budgets([this](SectionKind table, const ByteWriter& contents) {
      file_.add(table, 0, 0, contents);
      file_.flush();  // an error is told by the end, and returned below
    });
  }
  return file_.finish(end);
}

}  // namespace heapreel
