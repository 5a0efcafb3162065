// Counts what one call allocates on the calling thread. The macros of <heapreel/testing/gtest.h> and
// <heapreel/testing/catch2.h> use it.
//
// The counts are exact: a snapshot is taken before and after the call, and what other threads do in between does not
// count. Where tracing is off, it is started for the call and stopped after it. The test program must link libheapreel.
// When the program has another malloc, for instance that of a sanitizer, the macro throws CannotTrace and the test
// fails.
//
// Blocks of malloc and operator new count. Blocks that an allocator of the program reports in a domain of its own
// (HEAPREEL_ALLOC) do not count as allocations, but EXPECT_NO_GROWTH counts them.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <heapreel/heapreel.h>
#include <heapreel/heapreel_c.h>

namespace heapreel::testing {

// Watches the calling thread from its construction to after_call(). A local variable of that thread.
class CountedCall {
 public:
  CountedCall() : began_(!is_tracing()) {
    if (began_) start();
    if (!sees_malloc()) throw CannotTrace("the program's malloc is not heapreel's: its allocations cannot be counted");
    tag_before_ = heapreel_tag_push(heapreel_register_tag(kTag));
    before_ = take_snapshot();
    untracked_before_ = before_->completeness().untracked_frees;
  }
  ~CountedCall() {
    after_call();
    if (began_) stop();
  }
  CountedCall(const CountedCall&) = delete;
  CountedCall& operator=(const CountedCall&) = delete;

  void after_call() {
    if (after_) return;
    after_ = take_snapshot();
    heapreel_tag_pop(tag_before_);
  }

  // Empty when the call made no more than `limit` allocations; otherwise what it allocated, and where.
  std::string why_more_than(uint64_t limit) {
    after_call();
    const Allocations made = allocations();
    if (made.count <= limit) return {};
    std::string text = count_of(made.count, "allocation") + " on this thread, and " +
                       (limit == 0 ? "none is allowed" : "at most " + std::to_string(limit) + " allowed") + ":\n";
    if (!made.is_exact) {
      text = "at most " + text +
             "(the call sets tags of its own, and other threads allocated in such tags meanwhile: the number may be "
             "smaller)\n";
    }
    return text + places([](const ChurnStatistic& place) { return place.allocs; }, "allocation", true);
  }

  // Empty when the thread has no more blocks, and no more bytes in them, than before the call; otherwise what is more.
  std::string why_grown() {
    after_call();
    const ChurnStatistic thread = of_this_thread();
    const auto more = [](uint64_t born, uint64_t gone) { return static_cast<int64_t>(born - gone); };
    const int64_t blocks = more(thread.allocs, thread.frees);
    const int64_t bytes = more(thread.alloc_bytes, thread.freed_bytes);
    if (blocks <= 0 && bytes <= 0) return {};
    const auto with_sign = [](int64_t n) { return (n > 0 ? "+" : "") + std::to_string(n); };
    const uint64_t unknown = after_->completeness().untracked_frees - untracked_before_;
    std::string doubt;
    if (unknown != 0) {
      doubt =
          count_of(unknown, "block") +
          " from before tracing began: freed meanwhile, on this thread or another, and of unknown size. Start tracing "
          "before such blocks are allocated: call heapreel::start() in main(), or set "
          "HEAPREEL=100 in the environment.\n";
    }
    return "this thread's memory has grown: " + with_sign(blocks) + " blocks, " + with_sign(bytes) + " bytes\n" +
           doubt +
           places(
               [](const ChurnStatistic& place) { return place.allocs > place.frees ? place.allocs - place.frees : 0; },
               "block", false);
  }

 private:
  struct Allocations {
    uint64_t count;
    bool is_exact;  // false: the call made at most `count` allocations
  };

  static constexpr const char* kTag = "CountedCall";
  static constexpr size_t kMostPlaces = 10;

  static std::string count_of(uint64_t n, std::string_view noun) {
    return std::to_string(n) + " " + std::string(noun) + (n == 1 ? "" : "s");
  }

  ChurnStatistic of_this_thread() const {
    const std::string id = "(" + std::to_string(syscall(SYS_gettid)) + ")";
    ChurnStatistic sum;
    for (const ChurnStatistic& thread : after_->churn_since(*before_, KeyType::thread)) {
      const std::string name = thread.traceback[-1].to_string();
      if (!name.ends_with(id)) continue;
      sum.allocs += thread.allocs;
      sum.alloc_bytes += thread.alloc_bytes;
      sum.frees += thread.frees;
      sum.freed_bytes += thread.freed_bytes;
    }
    return sum;
  }

  struct ByTag {
    uint64_t ours = 0;
    uint64_t others = 0;
  };
  ByTag allocations_by_tag(bool of_malloc) const {
    ByTag sums;
    for (const ChurnStatistic& tag :
         after_->filter_traces({DomainFilter(of_malloc, 0)}).churn_since(*before_, KeyType::tag)) {
      (tag.traceback[-1].to_string() == kTag ? sums.ours : sums.others) += tag.allocs;
    }
    return sums;
  }

  // The sums of the thread are exact, but include all domains. The sums of sites are by domain, but include all
  // threads, except in the call's own tag. Only where the call sets tags of its own can both together leave a doubt.
  Allocations allocations() const {
    const uint64_t all = of_this_thread().allocs;
    if (all == 0) return {0, true};
    const ByTag malloced = allocations_by_tag(true);
    const ByTag reported = allocations_by_tag(false);
    const uint64_t in_own_tags = all - malloced.ours - reported.ours;
    const uint64_t at_most = malloced.ours + std::min(in_own_tags, malloced.others);
    return {at_most, reported.others == 0 || malloced.others == 0 || malloced.others + reported.others == in_own_tags};
  }

  // The calls below the one that was counted, most recent first.
  static std::string lines_of(const Traceback& traceback) {
    std::string lines;
    for (auto frame = traceback.rbegin(); frame != traceback.rend(); ++frame) {
      if (frame->function().find("heapreel::testing::why_") != std::string::npos) break;
      lines += "  ";
      if (!frame->function().empty()) lines += frame->function() + "  ";
      lines += frame->to_string() + "\n";
    }
    return lines;
  }

  template <class Count>
  std::string places(Count count, std::string_view noun, bool only_of_malloc) const {
    Filter ours(true, "*");
    ours.tag_pattern = kTag;
    if (only_of_malloc) ours.domain = 0;
    std::vector<ChurnStatistic> found = after_->filter_traces({ours}).churn_since(*before_, KeyType::traceback);
    std::erase_if(found, [&](const ChurnStatistic& place) { return count(place) == 0; });
    std::string text;
    if (found.empty()) text = "(all of it in tags that the call set itself, so that the places are not known)\n";
    for (size_t i = 0; i < found.size() && i < kMostPlaces; ++i) {
      text += count_of(count(found[i]), noun) + " at (most recent call first):\n";
      text += lines_of(found[i].traceback);
    }
    if (found.size() > kMostPlaces) text += "and at " + count_of(found.size() - kMostPlaces, "more place") + "\n";
    return text;
  }

  const bool began_;
  heapreel_tag_id tag_before_ = 0;
  uint64_t untracked_before_ = 0;
  std::optional<Snapshot> before_;
  std::optional<Snapshot> after_;
};

// What is wrong with the call's allocations, as a text; empty when nothing is.
template <class Call>
std::string why_more_allocs_than(uint64_t limit, Call&& call) {
  CountedCall counted;
  call();
  return counted.why_more_than(limit);
}
template <class Call>
std::string why_grown_by(Call&& call) {
  CountedCall counted;
  call();
  return counted.why_grown();
}

}  // namespace heapreel::testing
