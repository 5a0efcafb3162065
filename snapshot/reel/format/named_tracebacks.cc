#include "snapshot/reel/format/named_tracebacks.h"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>

namespace heapreel {

namespace {

constexpr size_t kTracebacksPerPayload = 16'384;
constexpr uint8_t kLabel = 1;

// The strings of one payload.
class Strings {
 public:
  uint64_t operator()(const std::string& text) {
    const auto [entry, is_new] = numbers_.try_emplace(text, numbers_.size());
    if (is_new) all_.text(text);
    return entry->second;
  }
  void write(ByteWriter& out) const {
    out.varint(numbers_.size());
    out.append(all_);
  }

 private:
  std::unordered_map<std::string, uint64_t> numbers_;
  ByteWriter all_;
};

void write_frame(ByteWriter& out, const Frame& frame, Strings& strings) {
  out.u8(frame.is_label() ? kLabel : 0);
  out.varint(strings(frame.filename()));
  out.varint(frame.lineno());
  out.varint(strings(frame.function()));
  out.varint(strings(frame.module()));
  out.varint(frame.address());
  out.varint(frame.offset());
}

Frame read_frame(ByteReader& in, const std::vector<std::string>& strings) {
  const auto text = [&]() -> const std::string& {
    const uint64_t number = in.varint();
    if (number >= strings.size()) throw ReelError("a frame names a text that is not there");
    return strings[number];
  };
  const uint8_t flags = in.u8();
  if (flags > kLabel) throw ReelError("a frame is of an unknown kind");
  FrameDetails details;
  details.filename = text();
  details.lineno = in.varint32();
  details.function = text();
  details.module = text();
  details.address = in.varint();
  details.offset = in.varint();
  return flags == kLabel ? Frame::label(details.filename) : Frame(std::move(details));
}

}  // namespace

void write_named_tracebacks(const std::vector<Traceback>& tracebacks,
                            const std::function<void(const ByteWriter&)>& emit) {
  for (size_t first = 0; first < tracebacks.size(); first += kTracebacksPerPayload) {
    const size_t end = std::min(tracebacks.size(), first + kTracebacksPerPayload);
    Strings strings;
    ByteWriter stacks;
    for (size_t i = first; i < end; ++i) {
      const Traceback& traceback = tracebacks[i];
      stacks.varint(traceback.total_nframe() ? uint64_t{*traceback.total_nframe()} + 1 : 0);
      stacks.varint(traceback.size());
      for (const Frame& frame : traceback) write_frame(stacks, frame, strings);
    }
    ByteWriter out;
    strings.write(out);
    out.varint(end - first);
    out.append(stacks);
    emit(out);
  }
}

void read_named_tracebacks(ByteReader& in, std::vector<Traceback>& tracebacks) {
  constexpr size_t kLeastFrameBytes = 7;
  std::vector<std::string> strings(in.count(1));
  for (std::string& text : strings) text = in.text();
  for (size_t left = in.count(2); left > 0; --left) {
    const uint64_t total = in.varint();
    if (total > uint64_t{UINT32_MAX} + 1) throw ReelError("a number is out of range");
    std::vector<Frame> frames;
    for (size_t depth = in.count(kLeastFrameBytes); depth > 0; --depth) frames.push_back(read_frame(in, strings));
    tracebacks.emplace_back(std::move(frames),
                            total == 0 ? std::nullopt : std::optional(static_cast<uint32_t>(total - 1)));
  }
}

}  // namespace heapreel
