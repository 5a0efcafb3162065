// A trace of Perfetto: counters at the end of every game frame, and marks.
#include <map>
#include <string>

#include "snapshot/export/export_output.h"
#include "snapshot/export/export_source.h"
#include "snapshot/export/protobuf_message.h"
#include "snapshot/text/valid_utf8.h"

namespace heapreel {
namespace {

// Numbers of fields, as perfetto/trace/*.proto have them.
namespace trace {
constexpr uint32_t kPacket = 1;
}  // namespace trace
namespace packet {
constexpr uint32_t kTimestamp = 8, kSequence = 10, kTrackEvent = 11, kTrackDescriptor = 60;
}  // namespace packet
namespace track {
constexpr uint32_t kUuid = 1, kName = 2, kProcess = 3, kParent = 5, kCounter = 8;
}  // namespace track
namespace process {
constexpr uint32_t kPid = 1, kName = 6;
}  // namespace process
namespace counter {
constexpr uint32_t kUnit = 3;
constexpr uint64_t kUnitCount = 2, kUnitBytes = 3;
}  // namespace counter
namespace event {
constexpr uint32_t kType = 9, kTrack = 11, kCategory = 22, kName = 23, kCounterValue = 30;
constexpr uint64_t kTypeInstant = 3, kTypeCounter = 4;
}  // namespace event

class PerfettoWriter {
 public:
  PerfettoWriter(const ExportSource& source, ExportOutput& output) : source_(source), output_(output) {}

  void write() {
    describe_process();
    auto mark = source_.reel().marks().begin();
    source_.replay(nullptr, [&](const ReelReplay& replay) {
      for (; mark != source_.reel().marks().end() && mark->sums.time_ns <= replay.game_frame().time_ns; ++mark) {
        write_mark(*mark);
      }
      write_game_frame(replay);
    });
  }

 private:
  static constexpr uint64_t kProcess = 1;  // its track
  static constexpr uint64_t kSequence = 1;

  struct DomainSums {
    uint64_t live_bytes = 0, live_blocks = 0;
    uint64_t allocs = 0, alloc_bytes = 0;  // in this game frame
  };

  void put(const ProtobufMessage& packet) { output_.write(ProtobufMessage().message(trace::kPacket, packet).bytes()); }

  void describe_process() {
    const ReelHeader& header = source_.info().header;
    ProtobufMessage process;
    process.number(process::kPid, header.process_id).text(process::kName, valid_utf8(header.program));
    ProtobufMessage description;
    description.number(track::kUuid, kProcess).message(track::kProcess, process);
    put(ProtobufMessage().message(packet::kTrackDescriptor, description).number(packet::kSequence, kSequence));
  }

  // The number of a counter's track, which is described at its first use.
  uint64_t track_of(const std::string& name, uint64_t unit) {
    const auto [found, is_new] = tracks_.try_emplace(name, kProcess + 1 + tracks_.size());
    if (is_new) {
      ProtobufMessage description;
      description.number(track::kUuid, found->second)
          .text(track::kName, valid_utf8(name))
          .number(track::kParent, kProcess);
      description.message(track::kCounter, ProtobufMessage().number(counter::kUnit, unit));
      put(ProtobufMessage().message(packet::kTrackDescriptor, description).number(packet::kSequence, kSequence));
    }
    return found->second;
  }

  void write_counter(uint64_t time_ns, const std::string& name, uint64_t unit, uint64_t value) {
    const uint64_t track = track_of(name, unit);
    const auto [last, is_new] = last_values_.try_emplace(track, value);
    if (!is_new && last->second == value) return;  // a counter keeps its value
    last->second = value;
    ProtobufMessage counted;
    counted.number(event::kType, event::kTypeCounter).number(event::kTrack, track);
    counted.number(event::kCounterValue, value);
    put_event(time_ns, counted);
  }

  void put_event(uint64_t time_ns, const ProtobufMessage& event) {
    ProtobufMessage message;
    message.number(packet::kTimestamp, time_ns).number(packet::kSequence, kSequence);
    put(message.message(packet::kTrackEvent, event));
  }

  void write_mark(const ReelMark& mark) {
    ProtobufMessage event;
    event.number(event::kType, event::kTypeInstant).number(event::kTrack, kProcess);
    put_event(mark.sums.time_ns, event.text(event::kCategory, "mark").text(event::kName, valid_utf8(mark.name)));
  }

  void write_game_frame(const ReelReplay& replay) {
    for (auto& [domain, sums] : domains_) sums.allocs = sums.alloc_bytes = 0;
    for (const SiteChange& change : replay.changes()) {
      DomainSums& sums = domains_[source_.tables().site(change.site).domain];
      sums.live_bytes += static_cast<uint64_t>(change.byte_growth());
      sums.live_blocks += static_cast<uint64_t>(change.block_growth());
      sums.allocs += change.allocs;
      sums.alloc_bytes += change.alloc_bytes;
    }
    const GameFrameRow& row = replay.game_frame();
    write_counter(row.time_ns, "game frame", counter::kUnitCount, row.number);
    for (const auto& [domain, sums] : domains_) {
      const std::string name = source_.source().domain_name(domain);
      write_counter(row.time_ns, name + ": live bytes", counter::kUnitBytes, sums.live_bytes);
      write_counter(row.time_ns, name + ": live blocks", counter::kUnitCount, sums.live_blocks);
      write_counter(row.time_ns, name + ": allocations per game frame", counter::kUnitCount, sums.allocs);
      write_counter(row.time_ns, name + ": allocated bytes per game frame", counter::kUnitBytes, sums.alloc_bytes);
    }
  }

  const ExportSource& source_;
  ExportOutput& output_;
  std::map<std::string, uint64_t> tracks_;
  std::map<uint64_t, uint64_t> last_values_;  // by track
  std::map<uint32_t, DomainSums> domains_;
};

}  // namespace

void write_perfetto(const ExportSource& source, ExportOutput& output) {
  PerfettoWriter(source, output).write();
}

}  // namespace heapreel
