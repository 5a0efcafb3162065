// Which traces a snapshot keeps.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <heapreel/export.h>
#include <heapreel/trace.h>

namespace heapreel {

// Brings a file name to the form in which names and patterns are compared.
using FilenameNormalizer = std::function<std::string(std::string_view filename)>;

// Python's rule on POSIX: a trailing ".pyc" becomes ".py", nothing else changes.
HEAPREEL_API std::string normalize_filename(std::string_view filename);

// Keeps (inclusive) or drops traces by the file, line, function, module, tag and domain they come from.
//
// Patterns are those of Python's fnmatch, and must match the whole name. `*` matches any characters, also "/"; `?`
// matches one character; `[seq]` and `[!seq]` match one character that is in the sequence, or not in it. A backslash is
// an ordinary character. A pattern or number that is not given accepts everything.
//
// An inclusive filter passes what meets every condition; an exclusive filter drops exactly that. By default a filter
// looks only at the frame by which a trace is grouped: the most recent one that the snapshot's skip list does not skip.
// With all_frames it looks at every frame, and one of them must meet filename, lineno, function and module together.
//
// A plain value. One filter must not be changed while another thread uses it.
class HEAPREEL_API Filter {
 public:
  Filter(bool inclusive, std::string_view filename_pattern, std::optional<int64_t> lineno = std::nullopt,
         bool all_frames = false, std::optional<int64_t> domain = std::nullopt,
         FilenameNormalizer normalizer = normalize_filename);

  // The normalised pattern. It cannot be changed, as in Python.
  const std::string& filename_pattern() const { return filename_pattern_; }
  const FilenameNormalizer& normalizer() const { return normalizer_; }

  bool inclusive;
  std::optional<int64_t> lineno;  // 0 matches frames without a line
  bool all_frames;
  std::optional<int64_t> domain;  // 0 matches malloc and new

  std::optional<std::string> function_pattern;
  std::optional<std::string> module_pattern;
  // Matches the trace's tag or any scope around it: "Physics" accepts "Physics/Solver".
  std::optional<std::string> tag_pattern;

  // Whether a trace passes this filter alone, by the traceback's most recent frame (no skip list).
  bool matches(const Trace& trace) const;

 private:
  std::string filename_pattern_;
  FilenameNormalizer normalizer_;
};

// Passes one domain (inclusive) or all the others.
class HEAPREEL_API DomainFilter {
 public:
  DomainFilter(bool is_inclusive, int64_t domain) : inclusive(is_inclusive), domain_(domain) {}

  int64_t domain() const { return domain_; }

  bool inclusive;

  bool matches(const Trace& trace) const;

 private:
  int64_t domain_;
};

using TraceFilter = std::variant<Filter, DomainFilter>;

}  // namespace heapreel
