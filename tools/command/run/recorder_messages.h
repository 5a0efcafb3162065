// The messages between `run` and a recorder. The recorder reads memory of a program that may be damaged or hostile, so
// that `run` checks every message.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heapreel::tools {

// What `run` sends, each as one message.
struct RunNote {
  enum Kind : uint32_t { kProcessEnded, kStopRecording };
  Kind kind = kStopRecording;
  uint32_t is_status_known = 0;  // kProcessEnded
  int32_t wait_status = 0;
};

// What the recorder sends: a kind, and then text, or RecorderFigures for kFigures.
enum class RecorderMessage : uint32_t { kEnding, kDoubts, kSummary, kFigures };
inline constexpr size_t kMostMessageBytes = 16 * 1024;
// The most bytes of one text. A longer one is cut, and says so.
inline constexpr size_t kMostReportedBytes = 1 << 20;

}  // namespace heapreel::tools
