// `heapreel live`: the page of `report`, following a program that runs.
#include <sys/random.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <optional>
#include <thread>

#include "tools/command/console/command_line.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/joined.h"
#include "tools/command/read/opened_reel.h"
#include "tools/command/read/skip_options.h"
#include "tools/command/read/symbol_options.h"
#include "tools/command/report/report_page.h"
#include "tools/command/watch/loopback_server.h"
#include "tools/command/watch/written_reel.h"

namespace heapreel::tools {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr uint64_t kDefaultEveryMs = 1000;
// A reel is read anew each time. Waiting four times as long as that takes leaves the program most of a core.
constexpr int kPauseByWork = 4;

LoopbackServer* served = nullptr;  // what signals stop

void stop_serving(int) {
  served->stop();
}

std::string random_token() {
  unsigned char bytes[16];
  if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes)) throw unreadable("the system gives no random numbers");
  std::string token;
  for (const unsigned char byte : bytes) token += format("{:02x}", byte);
  return token;
}

std::vector<OptionSpec> live_option_table() {
  std::vector<OptionSpec> options = {
      {"--port", "", "N", "listen on this port of 127.0.0.1 (default: any that is free)"},
      {"--every", "", "MS",
       format("look again after MS milliseconds (default {}), or later when reading takes long", kDefaultEveryMs)},
  };
  for (auto* table : {skip_option_table, symbol_option_table}) {
    for (OptionSpec& option : table()) options.push_back(std::move(option));
  }
  return options;
}

// The latest look at the reel, made by a thread of its own.
class LiveReel {
 public:
  struct Look {
    std::shared_ptr<const std::string> page;
    std::shared_ptr<const std::string> data;  // the head, a newline, the packed body
  };

  LiveReel(std::string path, milliseconds every, SkipList skip_list, SymbolizerOptions symbols)
      : path_(std::move(path)), every_(every), skip_list_(std::move(skip_list)), symbols_(std::move(symbols)) {
    look();
  }

  Look latest() const {
    std::lock_guard lock(mutex_);
    return latest_;
  }

  // Looks until the recording has ended, or end() is called; tells how many looks there were.
  void follow(LoopbackServer& server) {
    uint64_t looks = 1;
    server.tell(looks);
    while (being_written_) {
      std::unique_lock lock(mutex_);
      if (ended_wakes_.wait_for(lock, pause_, [this] { return ended_; })) return;
      lock.unlock();
      try {
        look();
      } catch (const ReelError&) {
        continue;  // the next look may find more
      }
      server.tell(++looks);
    }
  }
  void end() {
    std::lock_guard lock(mutex_);
    ended_ = true;
    ended_wakes_.notify_all();
  }

 private:
  void look() {
    const auto began = Clock::now();
    ReelOptions options;
    options.symbols = symbols_;
    const Reel reel = Reel::open(path_, std::move(options));
    being_written_ = reel.info().being_written;
    game_frame_of(reel, "end");  // says so when there is none
    const ReportData data = ReportData::of(reel, path_, skip_list_);
    const PackedReport packed(data);
    Look made{.page = std::make_shared<const std::string>(packed.page(ReportPage::kLive)),
              .data = std::make_shared<const std::string>(packed.data())};
    const auto work = std::chrono::duration_cast<milliseconds>(Clock::now() - began);
    std::lock_guard lock(mutex_);
    latest_ = std::move(made);
    pause_ = std::max(every_, work * kPauseByWork);
  }

  const std::string path_;
  const milliseconds every_;
  const SkipList skip_list_;
  const SymbolizerOptions symbols_;
  bool being_written_ = false;  // of the thread that looks
  mutable std::mutex mutex_;
  std::condition_variable ended_wakes_;
  Look latest_;
  milliseconds pause_{0};
  bool ended_ = false;
};

ExitStatus live(const Arguments& arguments) {
  arguments.require_operands(1);
  const auto port = static_cast<uint16_t>(arguments.number("--port", 1, UINT16_MAX, 0));
  const milliseconds every(arguments.number("--every", 10, 3'600'000, kDefaultEveryMs));
  const SkipList skip_list = skip_list_from(arguments);
  const std::string path = written_reel(arguments.operands()[0]);
  std::optional<LiveReel> reel;
  try {
    reel.emplace(path, every, skip_list, symbol_options(arguments));
  } catch (const ReelError& error) {
    throw unreadable(error.what());
  }
  const std::string root = joined({"/", random_token(), "/"});
  LoopbackServer server(port, [&](const std::string& asked) -> LoopbackServer::Answer {
    if (asked == root) return {.status = 200, .type = "text/html; charset=utf-8", .body = reel->latest().page};
    if (asked == root + "data")
      return {.status = 200, .type = "text/plain; charset=utf-8", .body = reel->latest().data};
    if (asked == root + "events") return {.status = 200, .type = "text/event-stream", .is_stream = true};
    return {};
  });
  served = &server;
  struct sigaction action {};
  action.sa_handler = stop_serving;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
  std::fputs(format("http://127.0.0.1:{}{}\n", server.port(), root).c_str(), stdout);
  std::fflush(stdout);
  std::fputs(format("heapreel: follows {}; the address opens on this machine only; Ctrl-C ends it\n", path).c_str(),
             stderr);
  std::thread follower([&] { reel->follow(server); });
  server.run();
  reel->end();
  follower.join();
  return kOk;
}

constexpr Example kExamples[] = {
    {"heapreel live game.reel", "print an address for the browser, and serve the page until it is interrupted"},
};

}  // namespace

CommandSpec live_command() {
  return {.name = "live",
          .operands = "PID|FILE",
          .help = "the page of `report` in a browser of this machine, following a running program",
          .options = live_option_table,
          .execute = live,
          .examples = kExamples};
}

}  // namespace heapreel::tools
