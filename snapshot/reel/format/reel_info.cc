#include "snapshot/reel/format/reel_info.h"

namespace heapreel {

void write_header(ByteWriter& out, const ReelHeader& header) {
  out.text(header.writer);
  out.text(header.program);
  out.varint(header.command_line.size());
  for (const std::string& argument : header.command_line) out.text(argument);
  out.varint(header.process_id);
  out.varint(header.started_wall_ns);
  out.varint(header.started_monotonic_ns);
  out.varint(header.traceback_limit);
  out.text(header.allocator);
}

ReelHeader read_header(ByteReader& in) {
  ReelHeader header;
  header.writer = in.text();
  header.program = in.text();
  const size_t arguments = in.count(1);
  for (size_t i = 0; i < arguments; ++i) header.command_line.emplace_back(in.text());
  header.process_id = in.varint();
  header.started_wall_ns = in.varint();
  header.started_monotonic_ns = in.varint();
  header.traceback_limit = in.varint32();
  header.allocator = in.text();
  in.expect_end();
  return header;
}

void write_end(ByteWriter& out, const ReelEnd& end) {
  out.u8(static_cast<uint8_t>(end.ending));
  out.u8(static_cast<uint8_t>(end.stop));
  out.u32(static_cast<uint32_t>(end.status));
  out.varint(end.time_ns);
  out.varint(end.tracing_ended);
  out.varint(end.unrecorded);
  out.varint(end.tracer_bytes);
  out.varint(end.consolidator_ns);
  out.varint(end.rounds);
  out.varint(end.copied_bytes);
  if (end.ending == ReelEnding::kExecuted) out.text(end.executed);
}

ReelEnd read_end(ByteReader& in) {
  ReelEnd end;
  const uint8_t ending = in.u8();
  const uint8_t stop = in.u8();
  if (ending > static_cast<uint8_t>(ReelEnding::kExecuted) || stop > static_cast<uint8_t>(ReelStop::kWriteError)) {
    throw ReelError("its end is of a kind that this version does not know");
  }
  end.ending = static_cast<ReelEnding>(ending);
  end.stop = static_cast<ReelStop>(stop);
  end.status = static_cast<int32_t>(in.u32());
  end.time_ns = in.varint();
  end.tracing_ended = in.varint32();
  end.unrecorded = in.varint();
  end.tracer_bytes = in.varint();
  end.consolidator_ns = in.varint();
  end.rounds = in.varint();
  end.copied_bytes = in.varint();
  if (end.ending == ReelEnding::kExecuted) end.executed = in.text();
  in.expect_end();
  return end;
}

}  // namespace heapreel
