// All of a reel except its states, which are read when they are needed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "snapshot/reel/format/reel_info.h"
#include "snapshot/reel/read/forgetful_list.h"
#include "snapshot/reel/read/program_numbers.h"
#include "snapshot/reel/read/reel_input.h"
#include "snapshot/reel/read/reel_marks.h"
#include "snapshot/reel/read/reel_still.h"
#include "snapshot/reel/read/reel_tables.h"
#include "snapshot/reel/read/section_reader.h"

namespace heapreel {

class ReelContents {
 public:
  // Reads the contents by the index if the file has a sound one, and otherwise section by section up to the first that
  // is damaged. Throws ReelError when not even the header can be read. When the file has at most `most_checked_bytes`,
  // it also checks the checksums of all states.
  explicit ReelContents(const ReelInput& input, uint64_t most_checked_bytes = 0);

  // The same for a file that may still be being written: the whole game frames that it has so far, but at most
  // `most_stills` of them (see grow()). Checksums of states are checked by whoever reads these. Throws ReelError when
  // there is not even a header yet.
  static ReelContents growing(const ReelInput& input, size_t most_stills = SIZE_MAX);
  // For such contents: takes in what `input` has gained, at the cost of what is new. Nobody may read the contents
  // during the call. References into them are invalid afterwards; positions and numbers stay, unless it returns kAnew.
  // It takes in at most `most_stills` stills, except that those before the program's own first game frame come together.
  // Whoever reads on after each call, and forgets, holds no more than that at a time. has_more() tells whether it left
  // any in the file; until it left none, info().being_written is true.
  enum class Growth : uint8_t {
    kNone,
    kMore,
    kAnew,  // game frames have other numbers than before: the program has begun to make its own
  };
  Growth grow(const ReelInput& input, size_t most_stills = SIZE_MAX);
  bool has_more() const { return has_more_; }

  // For such contents: gives back the memory of stills before the one at `still`, and of rows before `row`. The caller
  // must not ask for these any more. The last still and the last row are always kept.
  void forget_before(size_t still, size_t row);
  // Reads the file from its beginning again, at most `most_stills` stills. What the contents know by now of the
  // program's own numbers of game frames is kept.
  void begin_again(const ReelInput& input, size_t most_stills = SIZE_MAX);

  const ReelInfo& info() const { return info_; }
  const ReelTables& tables() const { return tables_; }
  // All of them, or those that are not forgotten: the first is at row first_row().
  const std::vector<GameFrameRow>& game_frames() const { return rows_.kept(); }
  size_t first_row() const { return rows_.first(); }
  size_t row_count() const { return rows_.size(); }
  const GameFrameRow& game_frame(size_t row) const { return rows_[row]; }
  // The position of the row's still. Stills before the program's own first game frame have no rows.
  size_t position_of_row(size_t row) const { return positions_[row]; }
  // The number by which the program counts, from 0, of the game frame that has this number in the file.
  uint32_t own_number(uint32_t number) const { return number - std::min(number, makeshift_game_frames_); }
  const ProgramNumbers& program_numbers() const { return program_numbers_; }
  const ReelMarks& marks() const { return marks_; }
  // Whether the version that wrote the reel kept the states of marks.
  bool has_mark_states() const { return minor_version_ >= reel_format::kMinorWithMarkStates; }
  const ForgetfulList<ReelStill>& stills() const { return stills_; }
  // The last still at or before `position` whose state needs no earlier one; the first still where there is none.
  size_t key_before(size_t position) const;
  // Whether traces were cleared, or tracing was stopped, between the still at `position` and the one before it.
  bool generation_ended_before(size_t position) const {
    return std::ranges::find(generation_ends_, position, &GenerationEnd::stills_before) != generation_ends_.end();
  }
  const ForgetfulList<ReelPart>& parts() const { return parts_; }
  // Whether the version that wrote the reel kept sums by thread and size class.
  bool has_group_sums() const { return minor_version_ >= reel_format::kMinorWithGroupSums; }
  // The sections of group sums, each with the last still that it describes.
  const ForgetfulList<ReelPart>& group_parts() const { return group_parts_; }
  // Whether it is known for a still what threads freed of blocks that others had allocated. It is not for reels of
  // older versions, nor for the last stills of a recording that broke off.
  bool knows_cross_thread_frees(size_t still) const {
    return minor_version_ >= reel_format::kMinorWithCrossThreadFrees && !group_parts_.empty() &&
           still <= group_parts_.back().still;
  }
  // The sections that tell it, each with the last still that it may tell about.
  const ForgetfulList<ReelPart>& cross_thread_parts() const { return cross_thread_parts_; }
  // In the same way, the sections that tell the peaks of domains.
  const ForgetfulList<ReelPart>& domain_peak_parts() const { return domain_peak_parts_; }
  // In the same way, those that tell which blocks are heaps. None of them is forgotten.
  const ForgetfulList<ReelPart>& heap_parts() const { return heap_parts_; }

 private:
  // With what the sums of a still are compared to find the figures of its game frame.
  struct Baseline {
    engine::Totals totals;  // those of the still before in the same generation
    engine::Totals ended;   // what ended generations did since then
    uint64_t ended_freed_bytes = 0;
  };
  // How far stills and generations have been summed up.
  struct Summed {
    size_t stills = 0;
    size_t generation_ends = 0;
    size_t numbered = 0;  // how many game frames have numbers of the program's own
    Baseline base = {};
    engine::Totals closed = {};  // of generations
    engine::Totals last = {};
    uint32_t game_frames = 0;  // as the file counts them
    uint64_t merged = 0;
  };

  ReelContents() = default;

  bool load_by_index(const ReelInput& input);
  // Scans up to the first damage, or to `end`.
  void load_by_scan(const ReelInput& input, uint64_t end);
  uint64_t end_of_whole_stills(const ReelInput& input, size_t most);
  bool has_index(const ReelInput& input) const;
  void take(SectionReader& reader, uint64_t offset, const SectionHeader& header);
  void take_still(std::span<const uint8_t> payload);
  void take_part(uint64_t offset, const SectionHeader& header);
  // Null for kinds of sections that are not sums of many stills.
  ForgetfulList<ReelPart>* sums_parts(reel_format::SectionKind kind);
  void take_sums_part(uint64_t offset, const SectionHeader& header);
  void take_number(std::span<const uint8_t> payload);
  void take_generation_end(std::span<const uint8_t> payload);
  void drop_torn_stills();
  void sum_up(uint64_t file_bytes, bool being_written);
  void sum_up_generations(size_t before_still);
  void sum_up_still(size_t position);
  void add_row(GameFrameRow row, size_t position);

  ReelInfo info_;
  ReelCosts costs_;             // for the end, which follows
  uint16_t minor_version_ = 0;  // of the file; when it is newer than ours, unknown sections are passed over
  bool has_header_ = false;
  bool is_growing_ = false;
  bool is_damaged_ = false;  // the scan ended at damage
  bool has_more_ = false;
  uint64_t scanned_ = 0;  // bytes of the file
  ReelTables tables_;
  ForgetfulList<ReelStill> stills_;
  ForgetfulList<ReelPart> parts_;
  ForgetfulList<ReelPart> group_parts_;
  ForgetfulList<ReelPart> cross_thread_parts_;
  ForgetfulList<ReelPart> domain_peak_parts_;
  ForgetfulList<ReelPart> heap_parts_;
  ReelMarks marks_;
  ForgetfulList<GameFrameRow> rows_;
  uint32_t makeshift_game_frames_ = 0;
  struct NumberedGameFrame {
    uint32_t game_frame, number;
  };
  std::vector<NumberedGameFrame> numbered_;  // as the file counts game frames
  ProgramNumbers program_numbers_;
  ForgetfulList<size_t> positions_;  // of the stills that have rows
  struct GenerationEnd {
    size_t stills_before;
    ReelSums sums;
  };
  std::vector<GenerationEnd> generation_ends_;
  Summed summed_;
};

}  // namespace heapreel
