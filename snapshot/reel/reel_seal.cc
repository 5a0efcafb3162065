#include "snapshot/reel/reel_seal.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>

#include "engine/unwind/frame_pc.h"
#include "snapshot/reel/read/reel_contents.h"
#include "snapshot/reel/read/resolved_names.h"
#include "snapshot/symbols/unfinished_file.h"

namespace heapreel {
namespace {

using reel_format::SectionKind;
namespace frame_pc = engine::frame_pc;

// The addresses that were looked up in each module, by the module's position.
std::map<uint32_t, std::set<uint64_t>> addresses_in(const ReelTables& tables) {
  std::map<uint32_t, std::set<uint64_t>> result;
  for (uint32_t traceback = 0; traceback < tables.traceback_count(); ++traceback) {
    const RecordedStack stack = tables.stack(traceback);
    for (const uint64_t pc : stack.pcs) {
      const uint64_t address = frame_pc::lookup_address(pc);
      const uint32_t module = tables.modules().find(address, stack.known_modules);
      if (module != RecordedModules::kNone) result[module].insert(address);
    }
  }
  return result;
}

bool is_named(const SourceFrames& frames) {
  return frames.front().lineno != 0 || !frames.front().function.empty();
}

// Leaves only what a reader cannot find out by itself.
SourceFrames bare(SourceFrames frames, const ModuleImage& module) {
  for (SourceFrame& frame : frames) {
    if (frame.lineno == 0 && frame.filename == module.path) frame.filename.clear();
    frame.module.clear();
    frame.offset = 0;
  }
  return frames;
}

// A reel with more sections, behind which its index and trailer are written anew.
class ExtendedReel {
 public:
  explicit ExtendedReel(const ReelInput& input) : input_(input) {
    const Bytes trailer = input.read(input.size() - reel_format::kTrailerBytes, reel_format::kTrailerBytes);
    index_offset_ = ByteReader(trailer).u64();
    SectionReader reader(input);
    ByteReader in(reader.payload(index_offset_, input.section_header(index_offset_)));
    count_ = in.count(4);
    const auto entries = in.raw(in.left());
    entries_.raw(entries);
    ByteReader entry(entries);
    for (uint64_t i = 0; i < count_; ++i) {
      entry.u8();
      entry.u8();
      entry.varint32();
      last_offset_ += entry.varint();
    }
  }

  void add(SectionKind kind, const ByteWriter& contents) {
    const uint64_t offset = index_offset_ + added_.size();
    const SectionHeader header = append_section(added_, index_offset_, kind, 0, 0, contents);
    entries_.u8(static_cast<uint8_t>(header.kind));
    entries_.u8(static_cast<uint8_t>(header.flags));
    entries_.varint(header.still);
    entries_.varint(offset - last_offset_);
    last_offset_ = offset;
    ++count_;
  }

  // Throws ReelError.
  void write(int fd) {
    const uint64_t index_offset = index_offset_ + added_.size();
    ByteWriter index;
    index.varint(count_);
    index.append(entries_);
    append_section(added_, index_offset_, SectionKind::kIndex, 0, 0, index);
    ByteWriter trailer;
    trailer.u64(index_offset);
    trailer.u64(trailer_checksum(index_offset));
    trailer.raw(reel_format::kTrailerMagic);
    added_.insert(added_.end(), trailer.bytes().begin(), trailer.bytes().end());

    put(fd, preamble().bytes());
    constexpr uint64_t kPiece = 1 << 20;
    for (uint64_t at = reel_format::kPreambleBytes; at < index_offset_; at += kPiece) {
      put(fd, input_.read(at, std::min(kPiece, index_offset_ - at)));
    }
    put(fd, added_);
  }

 private:
  // The preamble names at least the format version that has the added sections. The sections that were there before
  // mean the same in that version.
  ByteWriter preamble() const {
    const Bytes old = input_.read(0, reel_format::kPreambleBytes);
    ByteReader in(std::span<const uint8_t>(old).subspan(reel_format::kMagic.size()));
    const uint16_t major = in.u16();
    const uint16_t minor = std::max(in.u16(), reel_format::kMinorWithResolvedNames);
    ByteWriter out;
    out.raw(reel_format::kMagic);
    out.u16(major);
    out.u16(minor);
    out.u32(preamble_checksum(major, minor));
    return out;
  }

  static void put(int fd, std::span<const uint8_t> bytes) {
    if (write_all(fd, bytes.data(), bytes.size())) return;
    throw ReelError(std::string("cannot be written: ") + std::strerror(errno));
  }

  const ReelInput& input_;
  uint64_t index_offset_ = 0;
  uint64_t last_offset_ = 0;
  uint64_t count_ = 0;
  ByteWriter entries_;
  Bytes added_;
};

void replace(const std::string& path, ExtendedReel& reel) {
  UnfinishedFile file(path);
  if (!file.is_open()) throw ReelError(std::string("no file can be made beside it: ") + std::strerror(errno));
  reel.write(file.fd());
  if (!file.sync() || !file.replace()) throw ReelError(std::string("cannot be replaced: ") + std::strerror(errno));
}

void add_names(ExtendedReel& reel, uint32_t position, const KnownFrames& names) {
  constexpr size_t kMostInSection = 1 << 16;
  KnownFrames some;
  const auto add = [&] {
    if (some.empty()) return;
    ByteWriter out;
    write_resolved_names(out, position, some);
    reel.add(SectionKind::kResolvedNames, out);
    some.clear();
  };
  for (const auto& [vaddr, frames] : names) {
    some.emplace(vaddr, frames);
    if (some.size() == kMostInSection) add();
  }
  add();
}

SealedReel seal(const std::string& path, SymbolizerOptions symbols) {
  const ReelInput input(path);
  const ReelContents contents(input, UINT64_MAX);
  const ReelInfo& info = contents.info();
  if (info.being_written) throw ReelError("is still being written: it can be sealed when its program has ended");
  if (info.recovered) throw ReelError("was cut off or is damaged: only a whole reel can be sealed");
  if (!contents.has_group_sums()) throw ReelError("is of a format before 1.2, which cannot be sealed: record it again");
  const ReelTables& tables = contents.tables();
  if (!tables.named_tracebacks().empty()) throw ReelError("is a still, which carries its names already");

  SealedReel result;
  symbols.path_prefix_map.clear();
  Symbolizer symbolizer(std::move(symbols));
  ExtendedReel reel(input);
  for (const auto& [position, set] : addresses_in(tables)) {
    const ModuleImage& module = tables.modules().at(position).image;
    const std::vector<uint64_t> addresses(set.begin(), set.end());
    std::vector<SourceFrames> resolved = symbolizer.resolve(module, addresses);
    KnownFrames names;
    for (size_t i = 0; i < addresses.size(); ++i) {
      ++result.addresses;
      if (!is_named(resolved[i])) continue;
      ++result.named;
      names.emplace(addresses[i] - module.bias, bare(std::move(resolved[i]), module));
    }
    add_names(reel, position, names);
  }
  result.warnings = symbolizer.warnings();
  result.damage = info.damage;
  replace(path, reel);
  return result;
}

}  // namespace

SealedReel seal_reel(const std::string& path, SymbolizerOptions symbols) {
  try {
    // A link is followed, so that the file is replaced and the link stays.
    std::error_code error;
    const std::filesystem::path file = std::filesystem::canonical(path, error);
    return seal(error ? path : file.string(), std::move(symbols));
  } catch (const ReelError& error) {
    throw ReelError(path + ": " + error.what());
  }
}

}  // namespace heapreel
