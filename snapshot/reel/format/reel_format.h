// The numbers of the reel format; REEL_FORMAT.md says what they mean, byte by byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace heapreel::reel_format {

inline constexpr std::string_view kMagic = "heapreel";
inline constexpr uint16_t kMajorVersion = 1;  // a reader of another one cannot read the file
inline constexpr uint16_t kMinorVersion = 5;  // a higher one may have kinds of sections that readers pass over
inline constexpr uint16_t kMinorWithGroupSums = 2;
inline constexpr uint16_t kMinorWithModuleFiles = 3;
inline constexpr uint16_t kMinorWithResolvedNames = 3;
inline constexpr uint16_t kMinorWithCrossThreadFrees = 4;
inline constexpr uint16_t kMinorWithMarkStates = 5;
inline constexpr size_t kPreambleBytes = 16;

inline constexpr std::string_view kTrailerMagic = "reel-end";
inline constexpr size_t kTrailerBytes = 24;

enum class SectionKind : uint16_t {
  kHeader = 1,
  kModules = 2,
  kNames = 3,
  kTracebacks = 4,
  kSites = 5,
  kStills = 6,  // which states follow, with their sums
  kState = 7,   // blocks and sites of one still, whole or as a difference to the one before
  kMark = 8,
  kGenerationEnd = 9,
  kEnd = 10,
  kIndex = 11,
  kNamedTracebacks = 12,
  kBudgets = 13,           // since 1.1
  kGroupSums = 14,         // since 1.2: what threads and size classes allocated and freed
  kModuleFiles = 15,       // since 1.3: what proves that a file is a module without a build-id
  kResolvedNames = 16,     // since 1.3: functions and lines, which sealing puts beside the addresses
  kClockGameFrames = 17,   // since 1.3: how many game frames there were before the program's own
  kCosts = 18,             // since 1.3: what the tracer's own memory was made of, and game frames that came late
  kCrossThreadFrees = 19,  // since 1.4: what threads freed of blocks that others had allocated
  kBudgetDetails = 20,     // since 1.4: limits that kBudgets has no room for
  kOwnNumbers = 21,        // since 1.4: the numbers by which the program knows its game frames
  kDomainPeaks = 22,       // since 1.4: the most bytes that lived in each domain within a game frame
  kMarkState = 23,         // since 1.5: blocks and sites at a mark, whole or as a difference to the state before it
};
inline constexpr SectionKind kLastKind = SectionKind::kMarkState;

inline constexpr uint16_t kCompressed = 1;  // the payload is one zstd frame
inline constexpr uint16_t kKeyStill = 2;    // kState, kMarkState: starts from nothing
inline constexpr uint16_t kContinued = 4;   // kState, kMarkState: the next section goes on with this state

inline constexpr size_t kSectionHeaderBytes = 32;
// The most bytes of one payload, unpacked. Writers split what is larger; readers refuse it before they reserve
// memory.
inline constexpr uint64_t kMostPayloadBytes = uint64_t{256} << 20;

}  // namespace heapreel::reel_format
