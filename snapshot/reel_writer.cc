#include "snapshot/reel_writer.h"

#include <algorithm>
#include <bit>

namespace heapreel {

namespace {

using engine::FrozenTraces;
using engine::Record;
using engine::SiteAggregate;
using reel_format::SectionKind;
using Figures = RecordedSiteChange::Figures;

// Entries of one state section. At the most bytes an entry can take this stays below the limit of a payload.
constexpr size_t kMostPartEntries = 1 << 20;

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
    : options_(options), tables_(tracer), file_(options.max_bytes) {}

std::string ReelWriter::open(const std::string& path, const ReelHeader& header) {
  return file_.open(path, options_.overwrite, header);
}

void ReelWriter::add_still(StillKind kind, const FrozenTraces& state) {
  const ReelSums sums = ReelSums::of(state);
  ByteWriter out;
  out.u8(static_cast<uint8_t>(kind));
  write_sums(out, sums, last_still_);
  file_.add(SectionKind::kStills, 0, 0, out.bytes());
  last_still_ = sums;
  ++stills_;
}

bool ReelWriter::key_is_due() const {
  return !has_key_ || difference_bytes_ >= std::max(options_.least_key_distance, options_.key_every * key_bytes_);
}

void ReelWriter::add_state(const FrozenTraces* before, const FrozenTraces& after) {
  const bool comparable = before != nullptr && before->generation == after.generation;
  const size_t bytes_before = file_.gathered_bytes();
  if (!comparable || key_is_due()) {
    add_key(after);
    key_bytes_ = file_.gathered_bytes() - bytes_before;
    difference_bytes_ = 0;
    has_key_ = true;
  } else {
    add_difference(*before, after);
    difference_bytes_ += file_.gathered_bytes() - bytes_before;
  }
}

void ReelWriter::add_part(RecordedChange& part, uint16_t flags) {
  ByteWriter out;
  write_change(out, part);
  file_.add(SectionKind::kState, flags, stills_ - 1, out.bytes());
  part.clear();
}

void ReelWriter::add_key(const FrozenTraces& state) {
  RecordedChange part;
  state.for_each_block([&](engine::BlockId id, const Record& record) {
    if (part.size() == kMostPartEntries) add_part(part, reel_format::kKeyStill | reel_format::kContinued);
    part.born.push_back(recorded(id, record, tables_.site_base()));
  });
  state.for_each_site([&](engine::SiteId id, const SiteAggregate& site) {
    if (part.size() == kMostPartEntries) add_part(part, reel_format::kKeyStill | reel_format::kContinued);
    part.sites.push_back(site_change(tables_.site_base() + id, nullptr, &site));
  });
  add_part(part, reel_format::kKeyStill);
}

void ReelWriter::add_difference(const FrozenTraces& before, const FrozenTraces& after) {
  RecordedChange change;
  FrozenTraces::for_each_block_difference(
      before, after, [&](engine::BlockId id, const Record&) { change.died.push_back(id); },
      [&](engine::BlockId id, const Record& record) {
        change.born.push_back(recorded(id, record, tables_.site_base()));
      });
  std::ranges::sort(change.died);
  std::ranges::sort(change.born, {}, &RecordedBlock::id);
  FrozenTraces::for_each_site_difference(
      before, after, [&](engine::SiteId id, const SiteAggregate* old_site, const SiteAggregate* new_site) {
        change.sites.push_back(site_change(tables_.site_base() + id, old_site, new_site));
      });
  // Deaths before births, whatever part they are in: a reused id dies first.
  if (change.size() > kMostPartEntries) {
    const auto parts = [&](auto& all, auto RecordedChange::*list) {
      for (size_t at = 0; at < all.size(); at += kMostPartEntries) {
        RecordedChange part;
        const size_t end = std::min(all.size(), at + kMostPartEntries);
        (part.*list).assign(all.begin() + static_cast<ptrdiff_t>(at), all.begin() + static_cast<ptrdiff_t>(end));
        add_part(part, reel_format::kContinued);
      }
      all.clear();
    };
    parts(change.died, &RecordedChange::died);
    parts(change.born, &RecordedChange::born);
    parts(change.sites, &RecordedChange::sites);
  }
  add_part(change, 0);
}

std::string ReelWriter::write_still(StillKind kind, const FrozenTraces* before, const FrozenTraces& after) {
  if (file_.stop() != ReelStop::kNone) return file_.error();
  tables_.write_new(after, [this](SectionKind table, const Bytes& payload) { file_.add(table, 0, 0, payload); });
  add_still(kind, after);
  add_state(before, after);
  return file_.flush();
}

std::string ReelWriter::write_game_frame(const FrozenTraces* before, const FrozenTraces& after) {
  return write_still(StillKind::kGameFrame, before, after);
}

std::string ReelWriter::write_end_state(const FrozenTraces* before, const FrozenTraces& after) {
  return write_still(StillKind::kEnd, before, after);
}

std::string ReelWriter::write_merged_game_frame(const FrozenTraces& sums) {
  if (file_.stop() != ReelStop::kNone) return file_.error();
  add_still(StillKind::kMerged, sums);
  return file_.flush();
}

std::string ReelWriter::write_mark(std::string_view name, const FrozenTraces& sums) {
  if (file_.stop() != ReelStop::kNone) return file_.error();
  ByteWriter out;
  out.text(name);
  write_sums(out, ReelSums::of(sums), {});
  file_.add(SectionKind::kMark, 0, 0, out.bytes());
  return file_.flush();
}

std::string ReelWriter::write_generation_end(const FrozenTraces& last) {
  if (file_.stop() != ReelStop::kNone) return file_.error();
  ByteWriter out;
  write_sums(out, ReelSums::of(last), {});
  file_.add(SectionKind::kGenerationEnd, 0, 0, out.bytes());
  tables_.end_generation();
  has_key_ = false;
  return file_.flush();
}

std::string ReelWriter::finish(ReelEnd end) {
  return file_.finish(end);
}

}  // namespace heapreel
