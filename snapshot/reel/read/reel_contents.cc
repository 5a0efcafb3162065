#include "snapshot/reel/read/reel_contents.h"

#include <algorithm>
#include <utility>

#include "snapshot/reel/read/damaged_states.h"

namespace heapreel {

namespace {

using engine::Totals;
using reel_format::SectionKind;

// Returns the minor version.
uint16_t check_preamble(const ReelInput& input) {
  if (input.size() < reel_format::kPreambleBytes) throw ReelError("is not a reel: it is too short");
  const Bytes bytes = input.read(0, reel_format::kPreambleBytes);
  if (!std::equal(reel_format::kMagic.begin(), reel_format::kMagic.end(), bytes.begin())) {
    throw ReelError("is not a reel");
  }
  ByteReader in(std::span<const uint8_t>(bytes).subspan(reel_format::kMagic.size()));
  const uint16_t major = in.u16();
  const uint16_t minor = in.u16();
  if (major != reel_format::kMajorVersion) {
    throw ReelError("is a reel of version " + std::to_string(major) + "." + std::to_string(minor) +
                    "; this program reads version " + std::to_string(reel_format::kMajorVersion));
  }
  if (in.u32() != preamble_checksum(major, minor)) throw ReelError("its first bytes are damaged");
  return minor;
}

// Whether sections of this kind are read only when somebody asks for them.
bool is_state(SectionKind kind) {
  return kind == SectionKind::kState || kind == SectionKind::kMarkState;
}

// Adds the fields that only grow within a generation.
void add_history(Totals& sum, const Totals& totals) {
  sum.allocs += totals.allocs;
  sum.frees += totals.frees;
  sum.reallocs += totals.reallocs;
  sum.alloc_bytes += totals.alloc_bytes;
}

// A still, a snapshot in a file, tells what lives, and nothing of what came and went.
uint64_t freed_bytes(const Totals& totals) {
  return totals.alloc_bytes - std::min(totals.alloc_bytes, totals.live_bytes);
}

// How much sums grew. That cannot be negative: after damage it is 0, and not 2^64.
uint64_t growth(uint64_t now, uint64_t before, uint64_t ended) {
  const uint64_t all = now + ended;
  return all - std::min(all, before);
}

}  // namespace

ReelContents::ReelContents(const ReelInput& input, uint64_t most_checked_bytes) {
  // Asked before the file is read, so that a reel that becomes complete meanwhile is not taken for one that was cut
  // off.
  const bool being_written = input.is_being_written();
  const uint16_t minor_version = check_preamble(input);
  minor_version_ = minor_version;
  if (!load_by_index(input)) {
    *this = ReelContents();
    minor_version_ = minor_version;
    info_.recovered = true;
    scanned_ = reel_format::kPreambleBytes;
    load_by_scan(input, input.size());
  }
  if (!has_header_) throw ReelError("its header is damaged or missing");
  drop_torn_stills();
  tables_.finish(minor_version_);
  sum_up(input.size(), being_written);
  info_.checked = info_.recovered || input.size() <= most_checked_bytes;
  if (info_.checked && !info_.recovered) info_.damage = damaged_states(input, *this);
}

ReelContents ReelContents::growing(const ReelInput& input, size_t most_stills) {
  ReelContents contents;
  contents.begin_again(input, most_stills);
  return contents;
}

void ReelContents::begin_again(const ReelInput& input, size_t most_stills) {
  ReelContents again;
  again.minor_version_ = check_preamble(input);
  again.is_growing_ = true;
  again.info_.recovered = true;
  again.scanned_ = reel_format::kPreambleBytes;
  again.makeshift_game_frames_ = makeshift_game_frames_;
  again.grow(input, most_stills);
  if (!again.has_header_) throw ReelError("its header is damaged or missing");
  *this = std::move(again);
}

ReelContents::Growth ReelContents::grow(const ReelInput& input, size_t most_stills) {
  const bool being_written = input.is_being_written();
  // A writer whose disk was full has taken back what it had begun.
  if (input.size() < scanned_) is_damaged_ = true;
  const uint64_t before = scanned_;
  const uint32_t makeshift_before = makeshift_game_frames_;
  has_more_ = false;
  if (!is_damaged_) {
    // The game frames that the clock ended are one row, which must not grow after somebody has read it.
    const size_t makeshift = makeshift_game_frames_ == 0 ? 0 : makeshift_game_frames_ + size_t{1};
    const size_t most = std::max(most_stills, makeshift - std::min(makeshift, stills_.size()));
    load_by_scan(input, end_of_whole_stills(input, most));
  }
  // A damaged section may have left a still without all of its state.
  if (is_damaged_) drop_torn_stills();
  const bool is_anew = makeshift_game_frames_ != makeshift_before && summed_.stills != 0;
  if (is_anew && stills_.first() != 0) {
    begin_again(input, most_stills);
    return Growth::kAnew;
  }
  if (is_anew) {
    summed_ = {};
    program_numbers_ = {};
    rows_.clear();
    positions_.clear();
  }
  if (scanned_ != before) tables_.finish(minor_version_);
  const bool was_being_written = info_.being_written;
  if (info_.complete && has_index(input)) info_.recovered = false;
  sum_up(input.size(), (being_written || has_more_) && !is_damaged_);
  if (is_anew) return Growth::kAnew;
  return scanned_ != before || was_being_written != info_.being_written ? Growth::kMore : Growth::kNone;
}

// Whether the file is complete, with its index behind what was scanned.
bool ReelContents::has_index(const ReelInput& input) const {
  try {
    const SectionHeader header = input.section_header(scanned_);
    const uint64_t end = scanned_ + reel_format::kSectionHeaderBytes + header.stored_bytes + reel_format::kTrailerBytes;
    return header.kind == SectionKind::kIndex && input.size() >= end;
  } catch (const ReelError&) {
    return false;
  }
}

// The end of the last section after which every still has its whole state. It reads no states for that.
uint64_t ReelContents::end_of_whole_stills(const ReelInput& input, size_t most) {
  SectionReader reader(input);
  uint64_t end = scanned_;
  bool is_whole = true;
  try {
    for (uint64_t offset = scanned_; offset < input.size();) {
      const SectionHeader header = input.section_header(offset);
      if (header.kind == SectionKind::kIndex) break;
      if (header.kind == SectionKind::kStills) {
        has_more_ = most-- == 0;
        if (has_more_) break;
        ByteReader in(reader.payload(offset, header));
        is_whole = in.u8() == static_cast<uint8_t>(ReelStill::Kind::kMerged);
      }
      if (is_state(header.kind)) is_whole = !header.has(reel_format::kContinued);
      offset += reel_format::kSectionHeaderBytes + header.stored_bytes;
      if (is_whole) end = offset;
    }
  } catch (const ReelError&) {
    // The file ends in the middle of what is being written.
  }
  return end;
}

bool ReelContents::load_by_index(const ReelInput& input) {
  try {
    if (input.size() < reel_format::kPreambleBytes + reel_format::kTrailerBytes) return false;
    const Bytes trailer = input.read(input.size() - reel_format::kTrailerBytes, reel_format::kTrailerBytes);
    ByteReader end(trailer);
    const uint64_t index_offset = end.u64();
    if (end.u64() != trailer_checksum(index_offset)) return false;
    const auto magic = std::span<const uint8_t>(trailer).subspan(16);
    if (!std::equal(magic.begin(), magic.end(), reel_format::kTrailerMagic.begin())) return false;

    const SectionHeader index_header = input.section_header(index_offset);
    if (index_header.kind != SectionKind::kIndex) return false;
    SectionReader index_reader(input);
    ByteReader in(index_reader.payload(index_offset, index_header));
    SectionReader reader(input);
    uint64_t offset = 0;
    for (size_t left = in.count(4); left > 0; --left) {
      SectionHeader header;
      header.kind = static_cast<SectionKind>(in.u8());
      header.flags = in.u8();
      header.still = in.varint32();
      offset += in.varint();
      if (is_state(header.kind)) {
        take_part(offset, header);
        continue;
      }
      if (sums_parts(header.kind) != nullptr) {
        take_sums_part(offset, header);
        continue;
      }
      take(reader, offset, input.section_header(offset));
    }
    in.expect_end();
    return info_.complete;
  } catch (const ReelError&) {
    return false;  // the scan tells how far it is sound
  }
}

void ReelContents::load_by_scan(const ReelInput& input, uint64_t end) {
  SectionReader reader(input);
  try {
    while (scanned_ < end) {
      const SectionHeader header = input.section_header(scanned_);
      if (header.kind == SectionKind::kIndex) break;
      if (is_growing_ && is_state(header.kind)) {
        take_part(scanned_, header);
      } else {
        take(reader, scanned_, header);
      }
      scanned_ += reel_format::kSectionHeaderBytes + header.stored_bytes;
    }
  } catch (const ReelError&) {
    // The file is cut off or damaged here; what came before is used.
    is_damaged_ = true;
  }
}

void ReelContents::take(SectionReader& reader, uint64_t offset, const SectionHeader& header) {
  const std::span<const uint8_t> payload = reader.payload(offset, header);
  if ((header.kind == SectionKind::kHeader) == has_header_) throw ReelError("a section is out of order");
  ByteReader in(payload);
  switch (header.kind) {
    case SectionKind::kHeader:
      info_.header = read_header(in);
      has_header_ = true;
      break;
    case SectionKind::kStills:
      take_still(payload);
      break;
    case SectionKind::kState:
    case SectionKind::kMarkState:
      take_part(offset, header);
      break;
    case SectionKind::kGroupSums:
    case SectionKind::kCrossThreadFrees:
    case SectionKind::kDomainPeaks:
    case SectionKind::kHeaps:
      take_sums_part(offset, header);
      break;
    case SectionKind::kMark:
      marks_.take(payload, stills_.size());
      break;
    case SectionKind::kGenerationEnd:
      take_generation_end(payload);
      break;
    case SectionKind::kOwnNumbers:
      take_number(payload);
      break;
    case SectionKind::kCosts:
      costs_ = read_costs(in);
      break;
    case SectionKind::kClockGameFrames:
      makeshift_game_frames_ = in.varint32();
      in.expect_end();
      break;
    case SectionKind::kEnd:
      info_.end = read_end(in);
      info_.end.costs = costs_;
      info_.complete = true;
      break;
    default:
      if (header.kind > reel_format::kLastKind && minor_version_ > reel_format::kMinorVersion) {
        ++info_.unknown_sections;
        break;
      }
      tables_.read(header.kind, payload, stills_.size());
  }
}

void ReelContents::take_still(std::span<const uint8_t> payload) {
  ByteReader in(payload);
  const uint8_t kind = in.u8();
  if (kind > static_cast<uint8_t>(ReelStill::Kind::kEnd)) throw ReelError("a still is of an unknown kind");
  ReelStill still;
  still.kind = static_cast<ReelStill::Kind>(kind);
  still.sums = read_sums(in, stills_.empty() ? ReelSums{} : stills_.back().sums);
  in.expect_end();
  const bool is_end = still.kind == ReelStill::Kind::kEnd;
  if (!is_end && still.sums.game_frames == 0) throw ReelError("a game frame has no number");
  if (!stills_.empty()) {
    // Game frames are found by number, so that each must have its own.
    const ReelStill& before = stills_.back();
    const uint32_t least = before.sums.game_frames + (is_end ? 0 : 1);
    if (before.kind == ReelStill::Kind::kEnd || still.sums.game_frames < least || least == 0) {
      throw ReelError("game frames are out of order");
    }
  }
  stills_.push_back(still);
}

void ReelContents::take_part(uint64_t offset, const SectionHeader& header) {
  if (header.kind == SectionKind::kMarkState) return marks_.take_part(offset, header);
  if (stills_.empty() || header.still != stills_.size() - 1 || !stills_.back().has_state() || stills_.back().whole) {
    throw ReelError("a state belongs to no still");
  }
  stills_.back().add(header, parts_.size());
  parts_.push_back({offset, header.still});
}

ForgetfulList<ReelPart>* ReelContents::sums_parts(SectionKind kind) {
  if (kind == SectionKind::kGroupSums) return &group_parts_;
  if (kind == SectionKind::kCrossThreadFrees) return &cross_thread_parts_;
  if (kind == SectionKind::kDomainPeaks) return &domain_peak_parts_;
  return kind == SectionKind::kHeaps ? &heap_parts_ : nullptr;
}

// Takes a section with sums of the stills that had a state since the last such section.
void ReelContents::take_sums_part(uint64_t offset, const SectionHeader& header) {
  ForgetfulList<ReelPart>& parts = *sums_parts(header.kind);
  const bool needs_state = header.kind != SectionKind::kDomainPeaks;  // a still that has only sums has these as well
  const bool is_known = header.still >= stills_.first();              // the others were read, and are forgotten
  if (header.still >= stills_.size() || (needs_state && is_known && !stills_[header.still].has_state()) ||
      (!parts.empty() && header.still <= parts.back().still)) {
    throw ReelError("sums belong to no still");
  }
  parts.push_back({offset, header.still});
}

void ReelContents::take_number(std::span<const uint8_t> payload) {
  ByteReader in(payload);
  NumberedGameFrame numbered;
  numbered.game_frame = in.varint32();
  numbered.number = in.varint32();
  in.expect_end();
  if (!numbered_.empty() && numbered.game_frame <= numbered_.back().game_frame)
    throw ReelError("numbers of game frames are out of order");
  numbered_.push_back(numbered);
}

void ReelContents::take_generation_end(std::span<const uint8_t> payload) {
  ByteReader in(payload);
  generation_ends_.push_back({stills_.size(), read_sums(in, {})});
  in.expect_end();
}

// A still whose state did not reach the file completely has sums, but cannot be shown.
void ReelContents::drop_torn_stills() {
  while (stills_.size() > stills_.first() && stills_.back().has_state() && !stills_.back().whole) {
    parts_.pop_back(stills_.back().part_count);
    stills_.pop_back();
    info_.complete = false;
  }
  for (auto* parts : {&group_parts_, &cross_thread_parts_, &domain_peak_parts_, &heap_parts_}) {
    while (parts->size() > parts->first() && parts->back().still >= stills_.size()) parts->pop_back();
  }
}

size_t ReelContents::key_before(size_t position) const {
  while (position > stills_.first() && !(stills_[position].has_state() && stills_[position].is_key)) --position;
  return position;
}

void ReelContents::forget_before(size_t still, size_t row) {
  if (stills_.empty()) return;
  // The last still is kept, because the next one is stored as a difference to it.
  stills_.forget_before(std::min({still, summed_.stills, stills_.size() - 1}));
  size_t first_part = parts_.size();
  for (size_t at = stills_.size(); at-- > stills_.first();) {
    if (stills_[at].part_count != 0) first_part = stills_[at].first_part;
  }
  parts_.forget_before(first_part);
  for (auto* parts : {&group_parts_, &cross_thread_parts_, &domain_peak_parts_}) {
    // Whoever reads one looks at the two before it.
    size_t first = parts->first();
    while (first + 2 < parts->size() && (*parts)[first + 2].still < stills_.first()) ++first;
    parts->forget_before(first);
  }
  if (rows_.empty()) return;
  rows_.forget_before(std::min(row, rows_.size() - 1));
  positions_.forget_before(rows_.first());
}

// Adds up the generations that ended before the still at this position.
void ReelContents::sum_up_generations(size_t before_still) {
  Baseline& base = summed_.base;
  for (; summed_.generation_ends < generation_ends_.size(); ++summed_.generation_ends) {
    const GenerationEnd& generation_end = generation_ends_[summed_.generation_ends];
    if (generation_end.stills_before > before_still) return;
    const Totals& last = generation_end.sums.totals;
    add_history(summed_.closed, last);
    summed_.closed.peak_bytes = std::max(summed_.closed.peak_bytes, last.peak_bytes);
    summed_.closed.peak_ceiling = std::max(summed_.closed.peak_ceiling, last.peak_ceiling);
    // What had happened by the still before in this generation does not count again.
    base.ended.allocs += growth(last.allocs, base.totals.allocs, 0);
    base.ended.frees += growth(last.frees, base.totals.frees, 0);
    base.ended.reallocs += growth(last.reallocs, base.totals.reallocs, 0);
    base.ended.alloc_bytes += growth(last.alloc_bytes, base.totals.alloc_bytes, 0);
    base.ended_freed_bytes += growth(freed_bytes(last), freed_bytes(base.totals), 0);
    base.totals = {};
    summed_.last = last;
    summed_.game_frames = std::max(summed_.game_frames, generation_end.sums.game_frames);
  }
}

void ReelContents::sum_up_still(size_t position) {
  const Baseline& base = summed_.base;
  const ReelStill& still = stills_[position];
  const Totals& now = still.sums.totals;
  add_row({.number = own_number(still.number()),
           .time_ns = still.sums.time_ns,
           .allocs = growth(now.allocs, base.totals.allocs, base.ended.allocs),
           .frees = growth(now.frees, base.totals.frees, base.ended.frees),
           .reallocs = growth(now.reallocs, base.totals.reallocs, base.ended.reallocs),
           .alloc_bytes = growth(now.alloc_bytes, base.totals.alloc_bytes, base.ended.alloc_bytes),
           .freed_bytes = growth(freed_bytes(now), freed_bytes(base.totals), base.ended_freed_bytes),
           .live_blocks = now.live_blocks,
           .live_bytes = now.live_bytes,
           .peak_bytes = now.peak_bytes,
           .merged = !still.has_state(),
           .partial = still.kind == ReelStill::Kind::kEnd},
          position);
  summed_.base = {now, {}, 0};
  summed_.last = now;
  summed_.game_frames = std::max(summed_.game_frames, still.sums.game_frames);
}

// Everything before the program's first boundary of its own is its game frame 0: the game frames that the timer made
// before become one, with the state of the last.
void ReelContents::add_row(GameFrameRow row, size_t position) {
  summed_.merged += row.merged ? 1 : 0;
  if (rows_.empty() || rows_.back().number != row.number || row.partial) {
    rows_.push_back(row);
    positions_.push_back(position);
    return;
  }
  GameFrameRow& all = rows_.back();
  row.allocs += all.allocs;
  row.frees += all.frees;
  row.reallocs += all.reallocs;
  row.alloc_bytes += all.alloc_bytes;
  row.freed_bytes += all.freed_bytes;
  summed_.merged -= all.merged ? 1 : 0;
  all = row;
  positions_.back() = position;
}

void ReelContents::sum_up(uint64_t file_bytes, bool being_written) {
  for (; summed_.stills < stills_.size(); ++summed_.stills) {
    sum_up_generations(summed_.stills);
    sum_up_still(summed_.stills);
  }
  sum_up_generations(stills_.size());
  const bool ends_closed = !generation_ends_.empty() && generation_ends_.back().stills_before == stills_.size();
  info_.totals = summed_.last;
  Totals& all = info_.totals;
  if (ends_closed) {
    all.allocs = all.frees = all.reallocs = all.alloc_bytes = all.live_blocks = all.live_bytes = 0;
  }
  const Totals& closed = summed_.closed;
  add_history(all, closed);
  all.peak_bytes = std::max(all.peak_bytes, closed.peak_bytes);
  all.peak_ceiling = std::max(all.peak_ceiling, closed.peak_ceiling);
  all.peak_game_frame = own_number(all.peak_game_frame);
  info_.game_frames = own_number(summed_.game_frames);
  info_.merged_game_frames = summed_.merged;
  marks_.number_game_frames([this](uint32_t number) { return own_number(number); });
  for (; summed_.numbered < numbered_.size(); ++summed_.numbered) {
    const NumberedGameFrame& numbered = numbered_[summed_.numbered];
    program_numbers_.add(own_number(numbered.game_frame), numbered.number);
  }
  info_.generations = static_cast<uint32_t>(generation_ends_.size()) + (ends_closed ? 0 : 1);
  info_.threads = tables_.names(NameKind::kThread).count();
  info_.tracebacks = tables_.traceback_count();
  info_.sites = tables_.site_count();
  info_.file_bytes = file_bytes;
  info_.sealed = tables_.is_sealed();
  info_.being_written = info_.recovered && being_written;
  info_.recovered_up_to.clear();
  if (!info_.recovered) return;
  info_.recovered_up_to = stills_.empty() ? "before the end of the first game frame"
                                          : "game frame " + std::to_string(own_number(stills_.back().number()));
}

}  // namespace heapreel
