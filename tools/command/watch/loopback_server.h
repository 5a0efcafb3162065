// A web server for the browsers of this machine, just large enough for the live page.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>

namespace heapreel::tools {

// Listens on 127.0.0.1 only. Each request is answered and its connection closed, except for streams of events
// (text/event-stream), which stay open. A connection that takes nothing of its answer for half a minute is closed, so
// that it costs nothing. A request that does not name this server as its host is refused, so that no other page can
// reach it under another name.
class LoopbackServer {
 public:
  struct Answer {
    int status = 404;
    std::string type = "text/plain; charset=utf-8";
    std::shared_ptr<const std::string> body = {};
    bool is_stream = false;  // of events: see tell()
  };
  // `path` has its leading slash and no query.
  using Handler = std::function<Answer(const std::string& path)>;

  // `port` 0: any that is free. Throws a CommandError when it cannot listen.
  LoopbackServer(uint16_t port, Handler handler);
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  uint16_t port() const { return port_; }

  // Serves until stop().
  void run();
  // Sends `number` to every stream. A slow viewer gets the latest number when it has taken what it was sent before, and
  // none in between. Any thread, as with stop().
  void tell(uint64_t number);
  // Also from a signal handler.
  void stop();
  // How many streams of events there are. Any thread.
  size_t viewers() const { return viewers_.load(std::memory_order_relaxed); }
  // Whether every viewer has taken everything that it was told and asked for, as of a moment ago. Any thread.
  bool all_served() const { return waiting_.load(std::memory_order_relaxed) == 0; }

 private:
  struct Connection {
    int fd = -1;
    std::string request = {};
    std::string head = {};                         // to send
    std::shared_ptr<const std::string> body = {};  // to send after it
    size_t sent = 0;                               // of both
    bool answered = false;
    bool is_stream = false;
    uint64_t told = 0;                                 // the number that was sent last
    std::chrono::steady_clock::time_point moved = {};  // when it was sent something, or asked
  };

  void accept_all();
  // False when the connection is over.
  bool read_from(Connection& connection) const;
  bool write_to(Connection& connection) const;
  void answer(Connection& connection) const;
  bool is_drained(const Connection& connection) const;
  void wake() const;
  void count_viewers();

  const Handler handler_;
  int listener_ = -1;
  int waker_ = -1;
  uint16_t port_ = 0;
  std::list<Connection> connections_;
  std::atomic<uint64_t> number_ = 0;
  std::atomic<bool> stopped_ = false;
  // relaxed, both: figures for whoever looks now and then
  std::atomic<size_t> viewers_ = 0;
  std::atomic<size_t> waiting_ = 0;
};

}  // namespace heapreel::tools
