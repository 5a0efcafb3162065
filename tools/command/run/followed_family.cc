#include "tools/command/run/followed_family.h"

#include <algorithm>
#include <string_view>

#include "tools/command/console/format.h"
#include "tools/command/run/run_summary.h"
#include "tools/command/text/size_text.h"

namespace heapreel::tools {
namespace {

constexpr size_t kMostListed = 50;

uint64_t allocs_of(const FollowedProgram* program) {
  return program->report ? program->report->allocs : 0;
}

std::string_view last_part(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

// The program's file, with the name by which it was called when that is another one, because a program with many names
// does another thing under each. It leaves out that python3 stands for python3.11.
std::string name_text(const FollowedProgram& program) {
  const std::string_view file = last_part(program.program);
  const std::string_view called = program.words.empty() ? std::string_view() : last_part(program.words[0]);
  if (called.empty() || file.starts_with(called) || called.starts_with(file)) return program.program;
  return format("{} as {}", program.program, called);
}

std::string program_text(const FollowedFamily& family, const FollowedProgram& program) {
  const std::string who = format("  {}  (pid {} of {}", name_text(program), program.process, program.parent);
  if (!program.report) {
    return format("{}): incomplete: its recorder died ({}); {} ends where it was\n", who, program.recorder_death,
                  program.reel);
  }
  const RecorderReport& report = *program.report;
  if (!report.traced && report.complete)
    return format("{}, {}): {}\n", who, report.ending,
                  family.not_asked.empty() ? "ended before it allocated anything"
                                           : "nothing is recorded: it ended before it allocated anything, or it is one "
                                             "of those that were not followed (see below)");
  if (!report.traced) return format("{}, {}): not traced\n{}", who, report.ending, report.doubts);
  return format("{}, {}, {:.1f} s)  {}   {}   live {}   peak {}   {}{}\n{}", who, report.ending, report.seconds,
                counted(report.allocs, "alloc"), counted(report.frees, "free"), size_text(report.live_bytes),
                size_text(report.peak_bytes), report.written ? "wrote " : "not written: ", program.reel, report.doubts);
}

// A program whose recorder died has no report, but a reel of what had been written by then.
bool has_reel(const FollowedProgram& program) {
  return !program.report || (program.report->traced && program.report->written);
}

void add_refusals(std::string& text, uint64_t count, const std::string& why) {
  if (count != 0) text += format("incomplete: {} processes were not followed: {}\n", grouped(count), why);
}

std::string untraced_text(const FollowedFamily& family) {
  std::string text;
  const size_t listed = std::min(family.untraced.size(), kMostListed);
  for (size_t index = 0; index < listed; ++index) {
    const SharedFamilyPage::Untraced& untraced = family.untraced[index];
    const std::string process = untraced.process == 0 ? std::string() : format(" (pid {})", untraced.process);
    text += format("incomplete: {}{} was not recorded: {}\n", untraced.program, process, untraced.why);
  }
  const uint64_t others = family.untraced.size() - listed + family.untraced_without_room;
  if (others != 0)
    text += format("incomplete: {} more programs were not recorded, for reasons such as these\n", grouped(others));
  return text;
}

std::string refusals_text(const FollowedFamily& family) {
  std::string text;
  add_refusals(text, family.refusals.over_limit,
               format("{} were recorded already: raise --max-children", grouped(family.max_children)));
  add_refusals(text, family.refusals.at_once, "no more can be recorded at the same time");
  add_refusals(text, family.refusals.gave_up, "the machine was too busy to answer them in time");
  add_refusals(text, family.refusals.failed, "heapreel had no memory, process or descriptor left to record them");
  add_refusals(text, family.refusals.too_late, "they began after heapreel had stopped following");
  for (const SharedFamilyPage::NotAsked& not_asked : family.not_asked) {
    add_refusals(text, not_asked.processes, not_asked.why);
  }
  return text;
}

}  // namespace

bool FollowedFamily::is_complete() const {
  if (refusals.all() != 0 || stopped_following || could_not_look || !first_was_recorded) return false;
  if (!untraced.empty() || untraced_without_room != 0 || !not_asked.empty()) return false;
  return std::ranges::all_of(programs,
                             [](const FollowedProgram& program) { return program.report && program.report->complete; });
}

std::string family_text(const FollowedFamily& family) {
  std::string text = ending_line(family.words, family.process, family.ending, family.seconds);
  std::vector<const FollowedProgram*> listed;
  for (const FollowedProgram& program : family.programs) listed.push_back(&program);
  if (listed.size() > kMostListed) {
    std::ranges::stable_sort(listed, std::greater<>(), allocs_of);
    text += format("  {} programs were recorded; those with the most allocations are:\n", grouped(listed.size()));
    listed.resize(kMostListed);
  }
  for (const FollowedProgram* program : listed) text += program_text(family, *program);
  if (family.programs.size() > listed.size()) {
    const auto is_doubtful = [](const FollowedProgram& program) {
      return !program.report || !program.report->complete;
    };
    text += format("  ... and {} more, each with a reel beside these; of all programs {} are incomplete\n",
                   grouped(family.programs.size() - listed.size()),
                   grouped(static_cast<uint64_t>(std::ranges::count_if(family.programs, is_doubtful))));
  }
  if (family.programs.empty()) text += "nothing was traced and no reel was written\n";
  if (!family.first_was_recorded && family.refusals.all() == 0) {
    text +=
        "incomplete: the program itself was not recorded: it did not load heapreel's library, or a message above says "
        "why it ran untraced\n";
  }
  text += untraced_text(family);
  text += refusals_text(family);
  if (family.stopped_following) text += "incomplete: heapreel stopped following processes that still run\n";
  if (family.could_not_look)
    text +=
        "incomplete: heapreel had no memory or descriptor left to look for processes that had not allocated anything\n";
  const auto most = std::ranges::max_element(listed, {}, allocs_of);
  if (most != listed.end() && has_reel(**most)) text += format("next: heapreel stats {}\n", (*most)->reel);
  return text;
}

}  // namespace heapreel::tools
