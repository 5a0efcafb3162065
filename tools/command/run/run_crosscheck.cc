#include "tools/command/run/run_crosscheck.h"

#include <algorithm>

#include "engine/unwind/frame_pc.h"
#include "tools/command/console/format.h"

namespace heapreel::tools {
namespace {

using engine::StackDifference;
using engine::StackVerdict;

constexpr const char* kVerdicts[engine::kStackVerdicts] = {"wrong", "undecided", "guessed", "libunwind's fault"};

// "libc.so.6+0x2724a", as `addr2line -e` takes it.
std::string place_text(const engine::ModuleTable& modules, uintptr_t stored) {
  const uintptr_t pc = engine::frame_pc::address(stored);
  for (uint32_t i = modules.count(); i-- > 0;) {
    const engine::ModuleTable::Instance* const module = modules.instance(i);
    if (module == nullptr || pc < module->start || pc >= module->end) continue;
    const std::string_view path = modules.path(*module);
    return format("{}+{:#x}", path.substr(path.rfind('/') + 1), pc - module->load_bias);
  }
  return format("{:#x}", pc);
}

// Frame by frame, a column for each unwinder.
std::string frames_text(const engine::ModuleTable& modules, const StackDifference& difference) {
  const auto cell = [&modules](const uintptr_t* pcs, uint32_t depth, uint32_t i) {
    return i < std::min(depth, StackDifference::kMostFrames) ? place_text(modules, pcs[i]) : std::string();
  };
  std::string text = format("    {:4}{:<40}{:<40}{}\n", "", "heapreel", "libunwind", "libgcc");
  const uint32_t most = std::max({difference.ours_depth, difference.libunwind_depth, difference.libgcc_depth});
  for (uint32_t i = 0; i < std::min(most, StackDifference::kMostFrames); ++i) {
    text += format("    {:<4}{:<40}{:<40}{}\n", i, cell(difference.ours, difference.ours_depth, i),
                   cell(difference.libunwind, difference.libunwind_depth, i),
                   cell(difference.libgcc, difference.libgcc_depth, i));
  }
  return text;
}

std::string times_text(const engine::StackCrosscheck& crosscheck) {
  const double scale = crosscheck.ns_per_tick();
  const auto timer = static_cast<double>(crosscheck.timer_ticks());
  const auto ns = [&](double ticks) { return std::max(0.0, ticks - timer) * scale; };
  const double ours = ns(crosscheck.our_times().trimmed_mean());
  const double theirs = ns(crosscheck.libunwind_times().trimmed_mean());
  return format(
      "  walk        heapreel takes {:.0f} ns for a stack, which is {:.2f} times libunwind's {:.0f} ns   medians "
      "{:.0f} "
      "and {:.0f} ns\n",
      ours, theirs > 0 ? ours / theirs : 0.0, theirs, ns(crosscheck.our_times().median()),
      ns(crosscheck.libunwind_times().median()));
}

}  // namespace

std::string crosscheck_text(const engine::StackCrosscheck& crosscheck, const engine::ModuleTable& modules) {
  const engine::StackCrosscheck::Counts counts = crosscheck.counts();
  if (counts.checked == 0) return "  stacks      none was compared\n";
  std::string text = format("  stacks      {} compared   {:.1f} frames deep", grouped(counts.checked),
                            static_cast<double>(counts.frames) / static_cast<double>(counts.checked));
  for (uint32_t i = 0; i < engine::kStackVerdicts; ++i) {
    text += format("   {} {}", grouped(counts.verdicts[i]), kVerdicts[i]);
  }
  text += format("   {} not compared, because libunwind was not loaded yet\n", grouped(counts.unchecked));
  if (counts.hash_errors != 0) text += format("  {} walks have a wrong hash\n", grouped(counts.hash_errors));
  text += times_text(crosscheck);
  for (uint32_t verdict = 0; verdict < engine::kStackVerdicts; ++verdict) {
    for (uint32_t i = 0; i < engine::StackCrosscheck::kKeptOfEach; ++i) {
      const StackDifference* const kept = crosscheck.difference(static_cast<StackVerdict>(verdict), i);
      if (kept == nullptr) continue;
      text += format("  {}: {} frames{}, libunwind {}, libgcc {}\n", kVerdicts[verdict], kept->ours_depth,
                     kept->reached_bottom ? " to the bottom" : "", kept->libunwind_depth, kept->libgcc_depth);
      text += frames_text(modules, *kept);
    }
  }
  return text;
}

}  // namespace heapreel::tools
