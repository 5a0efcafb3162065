// Snapshot::dump and load: a reel of one still, its frames already resolved.
#include <heapreel/snapshot.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <unordered_map>

#include "engine/tracer/tracer.h"
#include "snapshot/query/snapshot_data.h"
#include "snapshot/recorded/current_symbol_options.h"
#include "snapshot/recorded/recorded_names.h"
#include "snapshot/reel/format/change_format.h"
#include "snapshot/reel/format/named_tracebacks.h"
#include "snapshot/reel/read/reel.h"
#include "snapshot/reel/write/change_writer.h"
#include "snapshot/reel/write/heaps_writer.h"
#include "snapshot/reel/write/reel_appender.h"
#include "snapshot/symbols/unfinished_file.h"

namespace heapreel {

namespace {

using reel_format::SectionKind;

using change_format::kMostEntries;

// Gives things numbers from 0, in the order in which they first come.
class Renumbering {
 public:
  uint32_t operator()(uint32_t number) {
    const auto [entry, is_new] = numbers_.try_emplace(number, static_cast<uint32_t>(seen_.size()));
    if (is_new) seen_.push_back(number);
    return entry->second;
  }
  const std::vector<uint32_t>& seen() const { return seen_; }

 private:
  std::unordered_map<uint32_t, uint32_t> numbers_;
  std::vector<uint32_t> seen_;
};

// Blocks in the set's order, which their ids keep; sites by their new numbers.
struct Contents {
  explicit Contents(const SnapshotData& snapshot) {
    for (const BlockRow& block : snapshot.blocks()) {
      const uint32_t site = sites(block.site);
      if (site >= figures.size()) figures.resize(site + size_t{1});
      ++figures[site].live_blocks;
      figures[site].live_bytes += block.size;
      totals.live_bytes += block.size;
    }
    totals.live_blocks = snapshot.blocks().size();
  }

  Renumbering sites;
  std::vector<engine::SiteAggregate> figures;
  engine::Totals totals;
};

// Numbers that no tracer gives are left without a name: traces made by hand may have any number.
void add_name(ByteWriter& out, uint32_t& count, NameKind kind, uint32_t place, const std::string& text) {
  if (place >= most_names(kind)) return;
  ++count;
  out.u8(static_cast<uint8_t>(kind));
  out.varint(place);
  out.varint(0);
  out.text(text);
}

void add_tables(ReelAppender& file, const SnapshotData& snapshot, const Contents& contents) {
  const TracebackSource& source = snapshot.source();
  Renumbering domains;
  Renumbering scopes;
  scopes(0);  // no tag
  Renumbering threads;
  Renumbering tracebacks;
  ByteWriter sites;
  sites.varint(0);
  sites.varint(contents.sites.seen().size());
  uint64_t before = 0;
  for (const uint32_t number : contents.sites.seen()) {
    const SiteRow site = snapshot.set().site(number);
    const uint32_t traceback = tracebacks(site.traceback);
    domains(site.domain);
    scopes(site.tag);
    sites.varint(site.domain);
    sites.varint(scopes(site.tag));
    sites.difference(traceback, before);
    before = traceback;
  }
  for (const BlockRow& block : snapshot.blocks()) threads(block.thread);
  for (const HeapRow& heap : snapshot.set().heaps()) domains(heap.heap_of);

  ByteWriter names;
  uint32_t count = 0;
  for (const uint32_t domain : domains.seen())
    add_name(names, count, NameKind::kDomain, domain, source.domain_name(domain));
  for (uint32_t scope = 0; scope < scopes.seen().size(); ++scope) {
    add_name(names, count, NameKind::kScope, scope, source.tag_name(scopes.seen()[scope]));
  }
  for (const uint32_t thread : threads.seen())
    add_name(names, count, NameKind::kThread, thread, source.thread_name(thread));
  ByteWriter out;
  out.varint(count);
  out.append(names);
  file.add(SectionKind::kNames, 0, 0, out);

  std::vector<Traceback> named;
  named.reserve(tracebacks.seen().size());
  for (const uint32_t traceback : tracebacks.seen()) named.push_back(source.traceback(traceback));
  write_named_tracebacks(named, [&](const ByteWriter& part) { file.add(SectionKind::kNamedTracebacks, 0, 0, part); });
  file.add(SectionKind::kSites, 0, 0, sites);
}

void add_state(ReelAppender& file, const SnapshotData& snapshot, Contents& contents) {
  ReelSums sums;
  sums.game_frames = static_cast<uint32_t>(snapshot.set().game_frame());
  sums.traceback_limit = static_cast<uint32_t>(snapshot.traceback_limit());
  sums.totals = contents.totals;
  const Completeness completeness = snapshot.set().completeness();
  sums.totals.issued = completeness.issued;
  sums.totals.stored = completeness.stored;
  sums.totals.degraded = completeness.degraded;
  sums.totals.discarded = completeness.discarded;
  sums.totals.inferred_frees = completeness.inferred_frees;
  sums.totals.mismatched_frees = completeness.mismatched_frees;
  sums.totals.untracked_frees = completeness.untracked_frees;
  ByteWriter still;
  still.u8(static_cast<uint8_t>(ReelStill::Kind::kEnd));
  write_sums(still, sums, {});
  file.add(SectionKind::kStills, 0, 0, still);

  ChangeWriter changes;
  changes.start(sums.game_frames, [](uint32_t) { return engine::SiteAggregate{}; });
  RecordedChange part;
  const auto add_part = [&](uint16_t flags) {
    file.add(SectionKind::kState, reel_format::kKeyStill | flags, 0, changes.part(part));
    part.clear();
  };
  engine::BlockId id = 0;
  for (const BlockRow& block : snapshot.blocks()) {
    if (part.size() == kMostEntries) add_part(reel_format::kContinued);
    part.born.push_back({id++, contents.sites(block.site), block.address, block.size, block.born, block.thread});
  }
  for (uint32_t site = 0; site < contents.figures.size(); ++site) {
    if (part.size() == kMostEntries) add_part(reel_format::kContinued);
    part.sites.push_back({site, std::bit_cast<RecordedSiteChange::Figures>(contents.figures[site])});
  }
  add_part(0);
}

// Adds the heaps among the snapshot's blocks. A filter may have left out some of the heaps.
void add_heaps(ReelAppender& file, const SnapshotData& snapshot) {
  const std::vector<HeapRow> rows = snapshot.set().heaps();
  if (rows.empty()) return;
  std::map<std::pair<uint64_t, uint32_t>, engine::BlockId> ids;  // by address and domain
  engine::BlockId id = 0;
  for (const BlockRow& block : snapshot.blocks()) ids[{block.address, snapshot.set().site(block.site).domain}] = id++;
  std::set<engine::Heap> heaps;
  for (const HeapRow& row : rows) {
    if (const auto block = ids.find({row.address, row.domain}); block != ids.end())
      heaps.insert({block->second, row.heap_of});
  }
  HeapsWriter writer;
  writer.add(0, std::move(heaps));
  if (!writer.empty()) file.add(SectionKind::kHeaps, 0, 0, writer.section());
}

void check(const std::string& error) {
  if (!error.empty()) throw ReelError(error);
}

}  // namespace

void Snapshot::dump(const std::string& path) const {
  const engine::UntracedScope untraced_scope;
  // An existing file is replaced only by a complete one, and two dumps do not meet.
  UnfinishedFile unfinished(path);
  if (!unfinished.is_open()) throw ReelError(path + ": cannot be made: " + std::strerror(errno));
  ReelAppender file(0);
  ReelHeader header;
  header.traceback_limit = static_cast<uint32_t>(traceback_limit());
  check(file.open(unfinished.name(), true, header));
  Contents contents(*data_);
  add_tables(file, *data_, contents);
  add_state(file, *data_, contents);
  add_heaps(file, *data_);
  check(file.flush());
  const Completeness completeness = data_->set().completeness();
  ReelEnd end;
  end.unrecorded = completeness.unrecorded;
  end.costs.misses_malloc = completeness.sees_malloc ? 0 : 1;
  check(file.finish(end));
  if (!unfinished.replace()) throw ReelError(path + ": cannot be replaced: " + std::strerror(errno));
}

Snapshot Snapshot::load(const std::string& path) {
  const engine::UntracedScope untraced_scope;
  const Reel reel = Reel::open(path, {.symbols = symbolizer_options(current_symbol_options().options)});
  auto set = reel.at_end();
  const auto limit = static_cast<int>(set->sums().traceback_limit);
  return SnapshotData::make_snapshot(std::move(set), limit, SkipList::for_native_code());
}

}  // namespace heapreel
