// What matters in a recording, in three sentences. Rules make them, so that the same reel always has the same ones.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "snapshot/reel/read/reel.h"
#include "tools/command/report/call_tree.h"
#include "tools/command/report/report_moments.h"

namespace heapreel::tools {

struct ReportSentence {
  std::string about;  // "peak", "growth" or "worst"
  std::string text;
  // What the page shows with the sentence.
  uint32_t a = 0;  // game frames
  uint32_t b = 0;
  std::string view;
  std::string function;  // of the site that is named; empty when none is
};

// A site's figures at the moments of the sentences.
struct SiteAtMoments {
  uint32_t picked_frame = 0;  // CallTree::frame
  uint64_t at_peak = 0;       // live bytes
  uint64_t at_from = 0;
  uint64_t at_to = 0;
  uint64_t worst_allocs = 0;
  uint64_t worst_temporaries = 0;
};

class ReportSummary {
 public:
  // `sites` are grouped here by the line that allocates, as `heapreel stats` does. `reel` and `rows` outlive the summary.
  ReportSummary(const Reel& reel, const std::vector<ReportRow>& rows, const ReportMoments& moments,
                const std::vector<SiteAtMoments>& sites, const CallTree& tree);

  const std::vector<ReportSentence>& sentences() const { return sentences_; }

 private:
  struct Line {
    const Frame* frame = nullptr;
    SiteAtMoments sums;
  };

  ReportSentence peak() const;
  ReportSentence growth() const;
  ReportSentence worst() const;
  const GameFrameRow& row(size_t position) const { return rows_[position]; }
  // What the program calls a game frame.
  std::string name(uint32_t game_frame) const;

  const Reel& reel_;
  const std::vector<ReportRow>& rows_;
  const engine::Totals& totals_;
  const ReportMoments& moments_;
  std::vector<Line> lines_;
  std::vector<ReportSentence> sentences_;
};

}  // namespace heapreel::tools
