// heaptrack's interpreted text, version 3, gzipped: what heaptrack_print and heaptrack_gui open.
#include <cstdio>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "snapshot/export/export_source.h"
#include "snapshot/export/gzip_output.h"
#include "snapshot/model/group_label.h"

namespace heapreel {
namespace {

// heaptrack has events, and a reel has game frames. In each game frame, blocks that were there before die first. Then
// come the blocks that were born and died in it, each freed at once, and then those that live on. Every total is the
// reel's; the order within a game frame is not known.
class HeaptrackWriter : private BlockListener {
 public:
  HeaptrackWriter(const ExportSource& source, ExportOutput& output) : source_(source), gzip_(output) {}

  void write() {
    constexpr unsigned kWriterVersion = 0x10400, kFileVersion = 3;
    line("v %x %x", kWriterVersion, kFileVersion);
    std::string command;
    for (const std::string& word : source_.info().header.command_line) command += (command.empty() ? "" : " ") + word;
    put("X " + one_line(command.empty() ? source_.info().header.program : command) + "\n");
    line("I %x %x", 4096u, 0u);  // the size of a page, and of the machine's memory in pages, which a reel does not tell
    traces_of_sites_.resize(source_.tables().site_count());
    source_.replay(this, [this](const ReelReplay& replay) { write_game_frame(replay); });
    gzip_.write(buffer_);
    gzip_.finish();
  }

 private:
  template <class... Values>
  void line(const char* format, Values... values) {
    char text[128];
    const int length = std::snprintf(text, sizeof(text), format, values...);
    text[length] = '\n';
    put({text, static_cast<size_t>(length) + 1});
  }
  void put(std::string_view bytes) {
    buffer_ += bytes;
    if (buffer_.size() < 1 << 16) return;
    gzip_.write(buffer_);
    buffer_.clear();
  }

  static std::string one_line(std::string text) {
    for (char& c : text) {
      if (c == '\n' || c == '\r') c = ' ';
    }
    return text;
  }

  void born(const BlockRow& block) override {
    births_.push_back({block.site, block.size});
    Young& listed = listed_[block.site];
    ++listed.blocks;
    listed.bytes += block.size;
  }
  void died(const BlockRow& block) override { deaths_.push_back({{block.site, block.size}, block.born}); }
  // The program cleared its traces: without this event the block would be a leak.
  void forgotten(const BlockRow& block) override { died(block); }

  void write_game_frame(const ReelReplay& replay) {
    const uint32_t first = source_.reel().game_frames()[replay.first_row()].number;
    for (const Death& block : deaths_) {
      if (block.born < first) line("- %lx", info(block.what));
    }
    write_temporaries(replay);
    for (const SiteSize& block : births_) line("+ %lx", info(block));
    for (const Death& block : deaths_) {
      if (block.born >= first) line("- %lx", info(block.what));
    }
    deaths_.clear();
    births_.clear();
    listed_.clear();
    line("c %lx", source_.since_start(replay.game_frame().time_ns) / 1'000'000);
  }

  // Blocks that are in no list. Their number and the sum of their sizes are known, but not each size: here the sizes
  // differ by a byte at most.
  void write_temporaries(const ReelReplay& replay) {
    for (const SiteChange& change : replay.changes()) {
      Young young{change.allocs, change.alloc_bytes};
      if (const auto listed = listed_.find(change.site); listed != listed_.end()) {
        young = {young.blocks - listed->second.blocks, young.bytes - listed->second.bytes};
      }
      for (uint64_t i = 0; i < young.blocks; ++i) {
        const uint64_t size = young.bytes / young.blocks + (i < young.bytes % young.blocks ? 1 : 0);
        const unsigned long index = info({change.site, size});
        line("+ %lx\n- %lx", index, index);
      }
    }
  }
  struct Young {
    uint64_t blocks = 0, bytes = 0;
  };

  struct SiteSize {
    uint32_t site;
    uint64_t size;
    friend bool operator==(const SiteSize&, const SiteSize&) = default;
  };
  struct HashSiteSize {
    size_t operator()(const SiteSize& key) const {
      return (key.size * 0x9e3779b97f4a7c15 ^ key.site) * 0x9e3779b97f4a7c15;
    }
  };

  unsigned long info(const SiteSize& block) {
    const auto [found, is_new] = infos_.try_emplace(block, infos_.size());
    if (is_new) line("a %lx %lx", static_cast<unsigned long>(block.size), trace(block.site));
    return found->second;
  }

  unsigned long trace(uint32_t site) {
    unsigned long& known = traces_of_sites_[site];
    if (known != 0) return known;
    unsigned long parent = 0;
    const Traceback& traceback = source_.traceback_of(site);
    for (auto first = traceback.begin(); first != traceback.end();) {  // from the outermost call on
      auto last = first + 1;
      while (last != traceback.end() && first->address() != 0 && last->address() == first->address()) ++last;
      const unsigned long instruction = instruction_of(first, last);
      const auto [found, is_new] = traces_.try_emplace({instruction, parent}, traces_.size() + 1);
      if (is_new) line("t %lx %lx", instruction, parent);
      parent = found->second;
      first = last;
    }
    return known = parent;
  }

  // The frames of one address: the last one is the code itself, and those before it were inlined into it.
  unsigned long instruction_of(Traceback::const_iterator first, Traceback::const_iterator last) {
    std::vector<unsigned long> numbers = {first->address(), text(module_label(*first))};
    for (auto frame = last; frame-- != first;) {
      numbers.push_back(text(function_label(*frame)));
      numbers.push_back(text(frame->filename()));
      numbers.push_back(frame->lineno());
    }
    const auto [found, is_new] = instructions_.try_emplace(numbers, instructions_.size() + 1);
    if (is_new) {
      std::string text = "i";
      char digits[32];
      for (const unsigned long number : numbers)
        text.append(digits, static_cast<size_t>(std::snprintf(digits, sizeof(digits), " %lx", number)));
      put(text + '\n');
    }
    return found->second;
  }

  unsigned long text(const std::string& text) {
    const auto [found, is_new] = texts_.try_emplace(text, texts_.size() + 1);
    if (is_new) {
      const std::string shown = one_line(text);
      char length[32];
      std::snprintf(length, sizeof(length), "s %zx ", shown.size());
      put(length + shown + '\n');
    }
    return found->second;
  }

  const ExportSource& source_;
  GzipOutput gzip_;
  std::string buffer_;
  struct Death {
    SiteSize what;
    uint32_t born;
  };
  std::vector<SiteSize> births_;  // of this game frame, as are:
  std::vector<Death> deaths_;
  std::unordered_map<uint32_t, Young> listed_;  // births, by site
  std::unordered_map<SiteSize, unsigned long, HashSiteSize> infos_;
  std::vector<unsigned long> traces_of_sites_;
  std::map<std::pair<unsigned long, unsigned long>, unsigned long> traces_;  // by instruction and parent
  std::map<std::vector<unsigned long>, unsigned long> instructions_;
  std::unordered_map<std::string, unsigned long> texts_;
};

}  // namespace

void write_heaptrack(const ExportSource& source, ExportOutput& output) {
  HeaptrackWriter(source, output).write();
}

}  // namespace heapreel
