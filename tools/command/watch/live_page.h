// The page of `report` for the browsers of this machine, following a reel that is being written.
//
// Two threads: one serves, one follows. A slow viewer is told only of the latest state, and nothing waits for it. When
// there is no viewer, the reel is followed, and no page is made.
//
// Its memory does not grow with the recording: of older game frames the page has one row for several, and what was
// read of the reel is forgotten. It grows with the program's heap, and with its call sites, threads and marks.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <heapreel/skip_list.h>

#include "snapshot/reel/read/reel_follower.h"
#include "tools/command/report/report_gathering.h"
#include "tools/command/report/report_page.h"
#include "tools/command/watch/loopback_server.h"

namespace heapreel::tools {

class LivePage {
 public:
  // Game frames that the page has one by one: a minute of a game, and half as many more.
  static constexpr uint64_t kDefaultNewest = 3600;
  static constexpr size_t kMostStillsAtOnce = 1024;  // that are read before what was read is forgotten

  struct Options {
    std::string reel;
    // The process that is recorded in the reel: an older reel of this name is ignored. 0: any.
    uint64_t process = 0;
    uint16_t port = 0;  // 0: any that is free
    std::chrono::milliseconds every{1000};
    // How many of the newest game frames the page has one by one, at least. All older ones together have half as many rows.
    uint64_t newest = kDefaultNewest;
    SkipList skip_list;
    SymbolizerOptions symbols;
  };

  // Listens. Throws a CommandError when that is not possible.
  explicit LivePage(Options options);
  LivePage(const LivePage&) = delete;
  LivePage& operator=(const LivePage&) = delete;

  // The address; whoever knows it can look at the page.
  std::string url() const;
  const std::string& reel() const { return options_.reel; }

  // Looks once, so that errors are reported before anybody is sent to the page. Throws ReelError. To be called before
  // serve().
  void look_first();
  // Serves until stop().
  void serve();
  // Also from a signal handler.
  void stop() { server_.stop(); }
  // To be called when the recording has ended: stops once the viewers have got the end of it, or after a while.
  void finish();

 private:
  LoopbackServer::Answer answer(const std::string& path);
  LoopbackServer::Answer freeze() const;
  void follow();
  void look();
  void begin_gathering(std::optional<uint32_t> end);
  void read_on();
  void take_in();
  bool is_stopped();
  void pack();

  const Options options_;
  const std::string root_;
  LoopbackServer server_;

  // Owner of these: the thread that follows.
  std::optional<ReelFollower> follower_;
  std::optional<ReportGathering> gathering_;
  bool is_packed_ = false;  // what was gathered
  uint64_t looks_ = 0;

  std::mutex mutex_;
  std::condition_variable wakes_;
  // Owner of these: the mutex's holder.
  std::shared_ptr<const PackedReport> latest_;
  bool stopped_ = false;
  bool finishing_ = false;
  bool is_last_ = false;    // `latest_` shows the end
  uint64_t took_last_ = 0;  // how many answers had it
};

}  // namespace heapreel::tools
