// What is followed for long is held in bounded memory: of older game frames the page has one row for several.
#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <optional>
#include <random>

#include "snapshot/reel/read/reel_follower.h"
#include "tests/snapshot/life_history.h"
#include "tests/snapshot/reel_fixture.h"
#include "tools/command/report/report_gathering.h"
#include "tools/command/watch/top_window.h"

namespace {

// relaxed: the test that reads it is alone.
std::atomic<size_t> held_bytes = 0;

}  // namespace

// Not inline: the compiler would see malloc and free through them, and warn of what is no pair.
[[gnu::noinline]] void* operator new(size_t size) {
  void* block = std::malloc(size);
  if (block == nullptr) throw std::bad_alloc();
  held_bytes.fetch_add(malloc_usable_size(block), std::memory_order_relaxed);
  return block;
}
[[gnu::noinline]] void* operator new(size_t size, const std::nothrow_t&) noexcept {
  void* block = std::malloc(size);
  if (block != nullptr) held_bytes.fetch_add(malloc_usable_size(block), std::memory_order_relaxed);
  return block;
}
[[gnu::noinline]] void operator delete(void* block) noexcept {
  if (block != nullptr) held_bytes.fetch_sub(malloc_usable_size(block), std::memory_order_relaxed);
  std::free(block);
}
[[gnu::noinline]] void operator delete(void* block, size_t) noexcept {
  operator delete(block);
}

namespace heapreel::tools {
namespace {

constexpr ReportRows::Limits kLimits = {.single = 60, .steps = 30};
constexpr size_t kMostAtOnce = 20;

class LongRecordingTest : public heapreel::testing::ReelTest {
 protected:
  void start_recording(double key_every = 64) {
    start_without_thread();
    ReelWriterOptions options{.overwrite = true, .key_every = key_every};
    if (key_every < 64) options.least_key_distance = 1;
    record(options, SIZE_MAX);  // no game frame is merged
    spy_.keeps_facts = false;
  }
  // The same number of blocks lives at any time.
  void record_steady(uint32_t game_frames, double key_every = 64) {
    start_recording(key_every);
    constexpr uint32_t kLife = 50;
    for (uint32_t frame = 0; frame < game_frames; ++frame) {
      for (uintptr_t block = 0; block < 4; ++block) {
        const uintptr_t p = 0x10'0000 + 64 * (4 * (frame % kLife) + block);
        if (frame >= kLife) free(p);
        alloc(p, 10 + frame % 30, {1, 2, block});
      }
      end_game_frame();
    }
    ASSERT_EQ(finish(), "");
  }
  void record_random(uint32_t count) {
    start_recording();
    heapreel::testing::LifeHistory::make_code_known();
    round();
    engine::clear_traces();
    round();
    heapreel::testing::LifeHistory history;
    std::mt19937_64 random(5);
    for (uint32_t frame = 0; frame < count; ++frame) {
      const size_t steps = frame == count / 3 ? 90 : 3 + random() % 4;
      for (size_t step = 0; step < steps; ++step) history.step(random);
      if (frame == count / 2) engine::mark("half");
      end_game_frame();
      history.set_game_frame(frame + 1);
    }
    ASSERT_EQ(finish(), "");
  }

  // Follows the reel to its end, as the live page does.
  struct Followed {
    std::optional<ReelFollower> follower;
    std::optional<ReportGathering> gathering;
    size_t most_rows = 0;
    size_t most_held = 0;
  };
  void follow(Followed& followed) const {
    const size_t before = held_bytes.load(std::memory_order_relaxed);
    followed.follower.emplace(path(), ReelOptions{}, kMostAtOnce);
    followed.gathering.emplace(followed.follower->reel(), SkipList::for_native_code(), kLimits);
    for (;;) {
      ASSERT_TRUE(followed.gathering->take_in());
      const ReportGathering::Passed passed = followed.gathering->passed();
      followed.follower->forget_before(passed.still, passed.row);
      followed.most_rows = std::max(followed.most_rows, followed.gathering->rows().size());
      followed.most_held = std::max(followed.most_held, held_bytes.load(std::memory_order_relaxed) - before);
      if (!followed.follower->has_more()) break;
      followed.follower->update();
    }
    EXPECT_TRUE(followed.follower->is_over());
  }
};

// Reads the reel to its end, as `top` does when the program was recorded from the beginning.
size_t most_held_by_top(const std::string& path, uint32_t length, TopFigures* figures = nullptr) {
  const size_t before = held_bytes.load(std::memory_order_relaxed);
  size_t most_held = 0;
  ReelFollower follower(path, {}, kMostAtOnce);
  TopWindow window(follower.reel(), length, SkipList::for_native_code());
  for (;;) {
    window.take_in();
    window.forget_in(follower);
    const TopFigures now = window.figures();
    EXPECT_EQ(follower.reel().game_frames().at(now.to).live_bytes, follower.reel().game_frames().back().live_bytes);
    most_held = std::max(most_held, held_bytes.load(std::memory_order_relaxed) - before);
    if (figures != nullptr) *figures = now;
    if (!follower.has_more()) break;
    follower.update();
  }
  return most_held;
}

// Begins at the end of a reel, as `top` does when the program was recorded for long.
TopFigures figures_at_the_end(const std::string& path, size_t at_once, uint32_t length, size_t& most_held) {
  const size_t before = held_bytes.load(std::memory_order_relaxed);
  ReelFollower follower(path, {}, at_once);
  while (follower.has_more()) {
    TopWindow::pass_over(follower, length);
    most_held = std::max(most_held, held_bytes.load(std::memory_order_relaxed) - before);
    follower.update();
  }
  TopWindow window(follower.reel(), length, SkipList::for_native_code());
  window.take_in();
  window.forget_in(follower);
  return window.figures();
}

void expect_same_figures(const TopFigures& a, const TopFigures& b) {
  EXPECT_EQ(a.game_frames(), b.game_frames());
  ASSERT_EQ(a.lines.size(), b.lines.size());
  for (size_t line = 0; line < a.lines.size(); ++line) {
    EXPECT_EQ(a.lines[line].frame, b.lines[line].frame);
    EXPECT_EQ(a.lines[line].live_bytes, b.lines[line].live_bytes);
    EXPECT_EQ(a.lines[line].growth, b.lines[line].growth);
    EXPECT_EQ(a.lines[line].allocs, b.lines[line].allocs);
    EXPECT_EQ(a.lines[line].short_lived, b.lines[line].short_lived);
  }
}

TEST_F(LongRecordingTest, TopTakesNoMoreMemoryForTenTimesTheGameFrames) {
  constexpr uint32_t kLength = 25;
  size_t held[2] = {};
  size_t held_before_window[2] = {};
  for (const size_t times : {0, 1}) {
    record_steady(times == 0 ? 600 : 6000, 4);
    if (HasFatalFailure()) return;
    held[times] = most_held_by_top(path(), kLength);
    figures_at_the_end(path(), kMostAtOnce, kLength, held_before_window[times]);
    engine::shut_down_for_test();
  }
  EXPECT_LE(held[1], held[0] + held[0] / 10) << held[0] << " bytes, then " << held[1];
  EXPECT_LE(held_before_window[1], held_before_window[0] + held_before_window[0] / 10)
      << held_before_window[0] << " bytes, then " << held_before_window[1];
}

TEST_F(LongRecordingTest, TopShowsTheSameWhetherItForgetsOrNot) {
  record_random(700);
  if (HasFatalFailure()) return;
  for (const uint32_t length : {1u, 25u, 90u, 100'000u}) {
    size_t unused = 0;
    const TopFigures whole = figures_at_the_end(path(), SIZE_MAX, length, unused);
    expect_same_figures(figures_at_the_end(path(), kMostAtOnce, length, unused), whole);
    TopFigures followed;
    most_held_by_top(path(), length, &followed);
    // Without a window's worth before the traces were cleared, both begin with the reel.
    expect_same_figures(followed, whole);
  }
}

TEST_F(LongRecordingTest, TenTimesTheGameFramesTakeNoMoreMemory) {
  size_t held[2] = {};
  for (const uint32_t times : {1u, 10u}) {
    record_steady(600 * times);
    if (HasFatalFailure()) return;
    Followed followed;
    follow(followed);
    held[times == 1 ? 0 : 1] = followed.most_held;
    // As many as stand for themselves, those that await being put together, steps, and what is asked for by its number.
    EXPECT_LE(followed.most_rows, kLimits.single * 3 / 2 + kMostAtOnce + kLimits.steps + 8);
    engine::shut_down_for_test();
  }
  EXPECT_LE(held[1], held[0] + held[0] / 10) << held[0] << " bytes, then " << held[1];
}

TEST_F(LongRecordingTest, TheSentencesAreThoseOfTheWholeReel) {
  record_random(700);
  if (HasFatalFailure()) return;
  const SkipList skip_list = SkipList::for_native_code();
  const Reel reel = Reel::open(path());
  const ReportData whole = ReportData::of(reel, "a", skip_list);
  Followed followed;
  follow(followed);
  const ReportData data = followed.gathering->data("a");
  ASSERT_LT(followed.gathering->rows().size(), reel.game_frames().size() / 2);
  ASSERT_EQ(data.sentences.size(), 3u);
  EXPECT_EQ(data.sentences[0].text, whole.sentences[0].text);
  const std::string& worst = data.sentences[2].text;
  EXPECT_EQ(worst.substr(0, worst.find('(')), whole.sentences[2].text.substr(0, worst.find('(')));
  EXPECT_EQ(data.sentences[2].a + 1, data.sentences[2].b) << "the worst game frame is a row of its own";
  EXPECT_EQ(data.sentences[1].b, whole.sentences[1].b);
  // Growth is looked at from the end of the next row on.
  EXPECT_GE(data.sentences[1].a, whole.sentences[1].a);
  EXPECT_LE(data.sentences[1].a, whole.sentences[1].a + 2 * 700 / kLimits.steps);
  const auto& rows = followed.gathering->rows();
  const auto is_row = [&](uint32_t number) { return std::ranges::count(rows.all(), number, &ReportRow::number) == 1; };
  EXPECT_TRUE(is_row(0));
  EXPECT_TRUE(is_row(reel.marks().at(0).game_frame));
}

// The page adds up what the streams say between any two rows.
TEST_F(LongRecordingTest, WhatLivesAfterEachRowIsWhatLivedAfterItsGameFrame) {
  record_random(700);
  if (HasFatalFailure()) return;
  const Reel reel = Reel::open(path());
  Followed followed;
  follow(followed);
  const ReportRows& rows = followed.gathering->rows();
  std::vector<SiteStream::Cursor> cursors(reel.source()->tables().site_count());
  for (size_t row = 0; row < rows.size(); ++row) {
    uint64_t live_bytes = 0;
    for (uint32_t site = 0; site < cursors.size(); ++site) {
      live_bytes += cursors[site].live_bytes_after(row, followed.gathering->stream(site));
    }
    ASSERT_EQ(live_bytes, rows[row].live_bytes) << "row " << row;
    const auto at = std::ranges::find(reel.game_frames(), rows[row].number, &GameFrameRow::number);
    ASSERT_NE(at, reel.game_frames().end());
    ASSERT_EQ(live_bytes, at->live_bytes) << "game frame " << rows[row].number;
  }
}

}  // namespace
}  // namespace heapreel::tools
