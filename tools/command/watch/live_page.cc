#include "tools/command/watch/live_page.h"

#include <algorithm>
#include <cstdio>
#include <thread>
#include <utility>

#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/joined.h"
#include "tools/command/console/json_writer.h"
#include "tools/command/console/random_bytes.h"
#include "tools/command/watch/look_pace.h"
#include "tools/command/watch/still_file.h"

namespace heapreel::tools {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kFirstLooks(50);  // while there is nothing to show yet
constexpr std::chrono::seconds kFarewell(3);

constexpr const char* kNothingYet =
    "<!doctype html><meta charset=utf-8><meta http-equiv=refresh content=1><title>heapreel</title>"
    "<p>The program has not ended its first game frame yet. This page waits for it.</p>";

LoopbackServer::Answer text_answer(const char* type, std::string text, int status = 200) {
  return {.status = status, .type = type, .body = std::make_shared<const std::string>(std::move(text))};
}

}  // namespace

LivePage::LivePage(Options options)
    : options_(std::move(options)),
      root_(joined({"/", random_token(), "/"})),
      server_(options_.port, [this](const std::string& path) { return answer(path); }) {}

std::string LivePage::url() const {
  return format("http://127.0.0.1:{}{}", server_.port(), root_);
}

LoopbackServer::Answer LivePage::answer(const std::string& path) {
  if (!path.starts_with(root_)) return {};
  const std::string what = path.substr(root_.size());
  if (what == "events") return {.status = 200, .type = "text/event-stream", .is_stream = true};
  if (what == "freeze") return freeze();
  if (!what.empty() && what != "data") return {};
  std::shared_ptr<const PackedReport> latest;
  {
    std::lock_guard lock(mutex_);
    latest = latest_;
    if (is_last_) ++took_last_;
  }
  if (latest == nullptr) return text_answer("text/html; charset=utf-8", kNothingYet);
  if (what == "data") return text_answer("text/plain; charset=utf-8", latest->data());
  return text_answer("text/html; charset=utf-8", latest->page());
}

// Reads the reel itself, because the thread that follows may be in the middle of it.
LoopbackServer::Answer LivePage::freeze() const {
  try {
    const StillFile still = write_still(options_.reel, options_.symbols);
    JsonWriter json;
    json.begin_object().member("file", still.path);
    json.member("game_frame", still.game_frame);
    if (still.number) json.member("number", *still.number);
    json.member("live_bytes", still.live_bytes);
    json.member("tenths_ago", static_cast<uint64_t>(still.seconds_ago.value_or(0) * 10));
    return text_answer("application/json", json.member("live_blocks", still.live_blocks).end_object().take());
  } catch (const std::exception& error) {
    return text_answer("text/plain; charset=utf-8", joined({error.what(), "\n"}), 500);
  }
}

void LivePage::serve() {
  std::thread follower([this] { follow(); });
  server_.run();
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wakes_.notify_all();
  follower.join();
}

void LivePage::finish() {
  {
    std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  wakes_.notify_all();
}

void LivePage::look_first() {
  look();
  if (follower_->is_over() && !gathering_->has_game_frame()) {
    throw ReelError(joined({options_.reel, ": holds no game frame"}));
  }
}

void LivePage::follow() {
  bool is_broken = false;
  std::optional<Clock::time_point> until;  // until then viewers may take the end of the recording
  for (;;) {
    const auto began = Clock::now();
    try {
      if (!is_broken) look();
    } catch (const ReelError& error) {
      // Before there is a follower, there is no reel yet, or it has no header.
      is_broken = follower_.has_value();
      if (is_broken) std::fputs(format("heapreel: {}: the page stays as it is\n", error.what()).c_str(), stderr);
    }
    const auto work = std::chrono::duration_cast<milliseconds>(Clock::now() - began);
    std::unique_lock lock(mutex_);
    if (finishing_ && !until) until = Clock::now() + kFarewell;
    const bool hurries = latest_ == nullptr || until;
    const auto pause = hurries ? kFirstLooks : std::max(options_.every, work * kPauseByWork);
    wakes_.wait_for(lock, pause, [&] { return stopped_ || (finishing_ && !until); });
    if (stopped_) return;
    if (!until) continue;
    const bool all_have_it = is_last_ && took_last_ >= server_.viewers() && server_.all_served();
    if (server_.viewers() == 0 || all_have_it || Clock::now() > *until) server_.stop();
  }
}

// All that there is, piece by piece.
void LivePage::look() {
  if (!follower_) {
    ReelOptions options;
    options.symbols = options_.symbols;
    ReelFollower follower(options_.reel, std::move(options), kMostStillsAtOnce);
    if (options_.process != 0 && follower.reel().info().header.process_id != options_.process) {
      throw ReelError(joined({options_.reel, ": is an older reel"}));
    }
    follower_.emplace(std::move(follower));
    begin_gathering({});
    take_in();
  } else {
    read_on();
  }
  while (follower_->has_more()) {
    if (is_stopped()) return;
    read_on();
  }
  const bool is_asked_for = looks_ == 0 || server_.viewers() != 0;
  if (!is_packed_ && is_asked_for && gathering_->has_game_frame()) pack();
}

void LivePage::read_on() {
  const ReelFollower::News news = follower_->update();
  if (news == ReelFollower::News::kAnew) begin_gathering({});
  if (news != ReelFollower::News::kNone) take_in();
}

// `end`: see ReportGathering.
void LivePage::begin_gathering(std::optional<uint32_t> end) {
  const ReportRows::Limits limits = {.single = options_.newest, .steps = options_.newest / 2};
  gathering_.emplace(follower_->reel(), options_.skip_list, limits, end);
}

void LivePage::take_in() {
  if (!gathering_->take_in()) {
    // The gathering needs stills that it has passed, and that were forgotten.
    const uint32_t end = gathering_->end();
    follower_->begin_again();
    begin_gathering(end);
    gathering_->take_in();
  }
  const ReportGathering::Passed passed = gathering_->passed();
  follower_->forget_before(passed.still, passed.row);
  is_packed_ = false;
}

bool LivePage::is_stopped() {
  std::lock_guard lock(mutex_);
  return stopped_;
}

void LivePage::pack() {
  auto made = std::make_shared<const PackedReport>(gathering_->data(options_.reel), ReportPage::kLive);
  is_packed_ = true;
  {
    std::lock_guard lock(mutex_);
    latest_ = std::move(made);
    is_last_ = follower_->is_over();
  }
  server_.tell(++looks_);
}

}  // namespace heapreel::tools
