// What is exported: a reel, up to a moment.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "snapshot/reel/read/reel.h"

namespace heapreel {

// The figure that formats with a single one show of a stack.
enum class ExportValue : uint8_t { kLiveBytes, kLiveBlocks, kAllocBytes, kAllocs };

// One thread.
class ExportSource {
 public:
  struct Request {
    std::string file;         // what the reel is called in the export
    uint32_t game_frame = 0;  // one that has a state, or the last
    std::optional<size_t> mark =
        {};  // its place in Reel::marks(): still() is its state, and what is replayed is not of it
    ExportValue value = ExportValue::kLiveBytes;
    std::string table;  // the one table to write, where a format has several; empty: the format's own choice
    // Called while a reel is replayed, with the game frames that are done and their total.
    std::function<void(size_t done, size_t total)> progress = {};
  };

  ExportSource(Reel reel, Request request) : reel_(std::move(reel)), request_(std::move(request)) {}

  const Reel& reel() const { return reel_; }
  const Request& request() const { return request_; }
  const ReelTables& tables() const { return source().tables(); }
  const ReelTracebackSource& source() const { return *reel_.source(); }
  const ReelInfo& info() const { return reel_.info(); }

  // The state at the moment. The first call opens it, and it is held from then on. Formats that replay the reel do not
  // need it.
  const ReelTraceSet& still() const;
  // "game frame 1204", or "mark loaded".
  std::string moment_text() const;
  using ReplayVisit = std::function<void(const ReelReplay&)>;
  // Goes through the reel's game frames up to the moment and calls `visit` after each. Then `at_end` gets the last
  // state, if there is one. `listener` may be null.
  void replay(BlockListener* listener, const ReplayVisit& visit, const ReplayVisit& at_end = {}) const;

  // The domain's name, and the tag's ("" for none), of a site.
  std::string domain_of(uint32_t site) const { return source().domain_name(tables().site(site).domain); }
  std::string tag_of(uint32_t site) const { return source().tag_name(tables().site(site).scope); }
  const Traceback& traceback_of(uint32_t site) const { return source().traceback(tables().site(site).traceback); }

  // The nanoseconds between the reel's beginning and `time_ns` of its clock.
  uint64_t since_start(uint64_t time_ns) const;

 private:
  Reel reel_;
  Request request_;
  mutable std::shared_ptr<const ReelTraceSet> still_;
};

}  // namespace heapreel
