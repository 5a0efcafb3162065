#include "tools/command/read/advice_text.h"

#include <algorithm>
#include <bit>

#include "snapshot/model/frame_picker.h"
#include "snapshot/model/group_label.h"
#include "snapshot/statistics/size_bins.h"
#include "tools/command/console/format.h"
#include "tools/command/console/json_writer.h"
#include "tools/command/console/table_text.h"
#include "tools/command/read/moment.h"
#include "tools/command/read/opened_reel.h"
#include "tools/command/text/site_text.h"
#include "tools/command/text/size_text.h"

namespace heapreel::tools {
namespace {

// Names sites by the frame that statistics group by, with the domain and tag where they say more.
class SiteNames {
 public:
  explicit SiteNames(const Reel& reel) : source_(*reel.source()) {}

  const Frame& frame(uint32_t site) { return picker_.pick(traceback(site)); }
  const Traceback& traceback(uint32_t site) const { return source_.traceback(source_.tables().site(site).traceback); }
  std::string domain(uint32_t site) const { return source_.domain_name(source_.tables().site(site).domain); }
  std::string tag(uint32_t site) const { return source_.tag_name(source_.tables().site(site).scope); }

  std::string text(uint32_t site) {
    const Frame& shown = frame(site);
    std::string text = site_lines(Traceback({shown}), 1).front();
    // Sites of one line differ by their caller.
    const Traceback& stack = traceback(site);
    const auto found = std::find(stack.rbegin(), stack.rend(), shown);
    if (found != stack.rend() && found + 1 != stack.rend()) text += format("  <- {}", function_label(*(found + 1)));
    if (source_.tables().site(site).domain != 0) text += format("  in {}", domain(site));
    if (const std::string name = tag(site); !name.empty()) text += format("  [{}]", name);
    return text;
  }

 private:
  const ReelTracebackSource& source_;
  FramePicker picker_{SkipList::for_native_code()};
};

std::string percent_text(uint64_t part, uint64_t whole) {
  return whole == 0 ? "" : format("{:.0f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

// How full a page was, game frame by game frame: '.' for empty, then tenths, '#' for full.
std::string course_text(const SparsePage& page, size_t samples) {
  std::string text;
  for (size_t i = 0; i < samples; ++i) {
    const uint64_t tenths = page.bytes_at[i] * 10 / HeapAdvice::kPageBytes;
    text += page.bytes_at[i] == 0 ? '.' : tenths >= 10 ? '#' : static_cast<char>('0' + tenths);
  }
  return text;
}

std::string more_text(size_t all, uint64_t shown) {
  return all > shown ? format("  ... and {} more (-n)\n", grouped(all - shown)) : std::string();
}

std::string arena_text(const AdviceView& view, SiteNames& names) {
  const ArenaAdvice& arena = view.advice.arena;
  const char* const threads = arena.knows_threads ? ", on the thread that did" : "";
  if (arena.sites.empty()) {
    return format("frame arena: no site has all its blocks freed in the game frame that allocated them{}\n", threads);
  }
  std::string text = format(
      "frame arena: all blocks of {} are freed in the game frame that allocated them{}; {} hold those of any game "
      "frame "
      "(most in game frame {})\n",
      counted(arena.sites.size(), "site"), threads, size_text(arena.capacity),
      game_frame_name(view.reel, arena.fullest_game_frame));
  TableText table(
      {{"blocks"}, {"bytes"}, {"game frames"}, {"most blocks"}, {"most bytes"}, {"site", TableText::Align::kLeft}});
  for (size_t i = 0; i < std::min<uint64_t>(view.rows, arena.sites.size()); ++i) {
    const ArenaSite& row = arena.sites[i];
    table.add({grouped(row.blocks), size_text(row.bytes), grouped(row.game_frames), grouped(row.most_blocks),
               size_text(row.most_bytes), names.text(row.site)});
  }
  return text + table.text(terminal_columns()) + more_text(arena.sites.size(), view.rows);
}

std::string handed_over_text(const AdviceView& view, SiteNames& names) {
  const ArenaAdvice& arena = view.advice.arena;
  if (!arena.knows_threads) {
    return "handed over: not known, the reel does not say which thread frees a block: an older heapreel recorded it, "
           "or "
           "the recording broke off\n";
  }
  if (arena.handed_over.empty()) return {};
  std::string text = format(
      "handed over: blocks of {} are freed in the game frame that allocated them too, but some by another thread: no "
      "arena of one thread\n",
      counted(arena.handed_over.size(), "site"));
  TableText table({{"blocks"}, {"by another thread"}, {"bytes"}, {"game frames"}, {"site", TableText::Align::kLeft}});
  for (size_t i = 0; i < std::min<uint64_t>(view.rows, arena.handed_over.size()); ++i) {
    const ArenaSite& row = arena.handed_over[i];
    table.add({grouped(row.blocks), grouped(row.cross_thread_blocks), size_text(row.bytes), grouped(row.game_frames),
               names.text(row.site)});
  }
  return text + table.text(terminal_columns()) + more_text(arena.handed_over.size(), view.rows);
}

std::string domains_text(const AdviceView& view) {
  const HeapAdvice& advice = view.advice;
  if (advice.domains.empty()) return {};
  std::string text = "the program's own allocators: the most that lived at once within a game frame\n";
  if (!advice.knows_domain_peaks) text += "(of those game frames of which it was recorded)\n";
  TableText table({{"peak"}, {"at most"}, {"in game frame"}, {"domain", TableText::Align::kLeft}});
  for (const DomainUse& use : advice.domains) {
    table.add({size_text(use.peak_bytes), size_text(use.peak_bound), game_frame_name(view.reel, use.fullest_game_frame),
               view.reel.source()->domain_name(use.domain)});
  }
  return text + table.text(terminal_columns());
}

std::string pools_text(const AdviceView& view, SiteNames& names) {
  const auto& pools = view.advice.pools;
  if (pools.empty()) return "pools: no site has blocks of one size that come and go\n";
  std::string text = format("pools: {} have blocks of one size that come and go\n", counted(pools.size(), "site"));
  TableText table(
      {{"size"}, {"takes"}, {"allocs"}, {"frees"}, {"most live"}, {"capacity"}, {"site", TableText::Align::kLeft}});
  for (size_t i = 0; i < std::min<uint64_t>(view.rows, pools.size()); ++i) {
    const PoolSite& row = pools[i];
    table.add({size_text(row.size), view.advice.knows_pages ? size_text(mimalloc_block_bytes(row.size)) : "",
               grouped(row.allocs), grouped(row.frees), grouped(row.most_live), grouped(row.capacity),
               names.text(row.site)});
  }
  return text + table.text(terminal_columns()) + more_text(pools.size(), view.rows);
}

std::string rounding_text(const AdviceView& view, SiteNames& names) {
  const HeapAdvice& advice = view.advice;
  if (!advice.knows_pages)
    return "rounding and pages: known for mimalloc only, and this reel is of another allocator\n";
  std::string text =
      format("rounding: {} that live are given {} by mimalloc, {} more\n", size_text(advice.live_bytes),
             size_text(advice.live_bytes + advice.slack_bytes), percent_text(advice.slack_bytes, advice.live_bytes));
  TableText table({{"rounded up by"}, {"live"}, {"blocks"}, {"site", TableText::Align::kLeft}});
  for (size_t i = 0; i < std::min<uint64_t>(view.rows, advice.rounding.size()); ++i) {
    const RoundedSite& row = advice.rounding[i];
    table.add({size_text(row.slack_bytes), size_text(row.bytes), grouped(row.blocks), names.text(row.site)});
  }
  if (!table.empty()) text += table.text(terminal_columns());
  return text + more_text(advice.rounding.size(), view.rows);
}

std::string pages_text(const AdviceView& view, SiteNames& names) {
  const HeapAdvice& advice = view.advice;
  if (!advice.knows_pages) return {};
  std::string text = format(
      "pages: of {} of 64 KiB, {} at most a quarter full now and were at least half full before\n",
      counted(advice.pages, "page"), advice.sparse.size() == 1 ? "1 is" : grouped(advice.sparse.size()) + " are");
  if (advice.sparse.empty()) return text;
  TableText sites(
      {{"pages"}, {"alone"}, {"blocks"}, {"bytes"}, {"oldest"}, {"site that keeps them", TableText::Align::kLeft}});
  for (size_t i = 0; i < std::min<uint64_t>(view.rows, advice.pinning.size()); ++i) {
    const PinningSite& row = advice.pinning[i];
    sites.add({grouped(row.pages), grouped(row.pages_alone), grouped(row.blocks), size_text(row.bytes),
               game_frame_name(view.reel, row.oldest), names.text(row.site)});
  }
  text += sites.text(terminal_columns()) + more_text(advice.pinning.size(), view.rows);
  const auto& samples = advice.sampled_game_frames;
  text += format("\nhow full, in tenths, from game frame {} to {}\n", game_frame_name(view.reel, samples.front()),
                 game_frame_name(view.reel, samples.back()));
  TableText pages({{"page", TableText::Align::kLeft},
                   {"course", TableText::Align::kLeft},
                   {"blocks"},
                   {"bytes"},
                   {"most"},
                   {"kept by", TableText::Align::kLeft}});
  for (size_t i = 0; i < std::min<uint64_t>(view.rows, advice.sparse.size()); ++i) {
    const SparsePage& page = advice.sparse[i];
    std::string kept_by = names.text(page.sites.empty() ? 0 : page.sites.front());
    if (page.sites.size() > 1) kept_by += format(" and {}", counted(page.sites.size() - 1, "more site"));
    pages.add({format("{:#x}", page.address), course_text(page, samples.size()), grouped(page.blocks),
               size_text(page.bytes), size_text(page.most_bytes), kept_by});
  }
  return text + pages.text(terminal_columns()) + more_text(advice.sparse.size(), view.rows);
}

void write_site(JsonWriter& json, SiteNames& names, uint32_t site) {
  json.member("domain", names.domain(site)).member("tag", names.tag(site)).key("traceback");
  write_frames(json, names.traceback(site));
}

template <class Rows, class Write>
void write_rows(JsonWriter& json, const char* key, const Rows& rows, uint64_t most, Write&& write) {
  json.key(key).begin_array();
  for (size_t i = 0; i < std::min<uint64_t>(most, rows.size()); ++i) {
    json.begin_object();
    write(rows[i]);
    json.end_object();
  }
  json.end_array();
}

// "Level::load" -> "level_load".
std::string identifier_of(const Frame& frame, size_t number) {
  std::string name;
  for (const char c : frame.function().substr(0, frame.function().find('('))) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (is_letter || (c >= '0' && c <= '9' && !name.empty())) {
      name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!name.empty() && name.back() != '_') {
      name += '_';
    }
  }
  constexpr size_t kMostLetters = 40;
  name.resize(std::min(name.size(), kMostLetters));
  if (name.empty()) name = "site";
  return format("{}{}{}", name, name.back() == '_' ? "" : "_", number);
}

}  // namespace

std::string AdviceView::table_text() const {
  SiteNames names(reel);
  std::string text = format("{}  game frames {} to {}\n\n", path, game_frame_name(reel, advice.first_game_frame),
                            game_frame_name(reel, advice.last_game_frame));
  text += arena_text(*this, names) + "\n";
  if (const std::string handed_over = handed_over_text(*this, names); !handed_over.empty()) text += handed_over + "\n";
  if (const std::string domains = domains_text(*this); !domains.empty()) text += domains + "\n";
  text += pools_text(*this, names) + "\n" + rounding_text(*this, names);
  if (const std::string pages = pages_text(*this, names); !pages.empty()) text += "\n" + pages;
  return text;
}

std::string AdviceView::json_text() const {
  SiteNames names(reel);
  JsonWriter json;
  json.begin_object().member("schema", "heapreel.advice/1").member("file", path);
  json.member("first_game_frame", advice.first_game_frame).member("last_game_frame", advice.last_game_frame);
  write_program_number(json, "first_number", reel, advice.first_game_frame);
  write_program_number(json, "last_number", reel, advice.last_game_frame);
  json.member("game_frames", advice.game_frames);
  json.key("arena").begin_object().member("capacity", advice.arena.capacity);
  json.member("alignment", ArenaAdvice::kAlignment).member("fullest_game_frame", advice.arena.fullest_game_frame);
  write_program_number(json, "fullest_number", reel, advice.arena.fullest_game_frame);
  json.member("blocks", advice.arena.blocks).member("sites_found", uint64_t{advice.arena.sites.size()});
  const auto write_arena_site = [&](const ArenaSite& row) {
    json.member("game_frames", row.game_frames).member("blocks", row.blocks).member("bytes", row.bytes);
    json.member("most_blocks", row.most_blocks).member("most_bytes", row.most_bytes);
    if (advice.arena.knows_threads) json.member("cross_thread_blocks", row.cross_thread_blocks);
    write_site(json, names, row.site);
  };
  write_rows(json, "sites", advice.arena.sites, rows, write_arena_site);
  json.member("threads_known", advice.arena.knows_threads);
  json.member("handed_over_found", uint64_t{advice.arena.handed_over.size()});
  write_rows(json, "handed_over", advice.arena.handed_over, rows, write_arena_site);
  json.end_object().member("domain_peaks_known", advice.knows_domain_peaks);
  write_rows(json, "domains", advice.domains, advice.domains.size(), [&](const DomainUse& use) {
    json.member("name", reel.source()->domain_name(use.domain)).member("peak_bytes", use.peak_bytes);
    json.member("peak_bound", use.peak_bound).member("fullest_game_frame", use.fullest_game_frame);
    write_program_number(json, "fullest_number", reel, use.fullest_game_frame);
  });
  json.member("pools_found", uint64_t{advice.pools.size()});
  write_rows(json, "pools", advice.pools, rows, [&](const PoolSite& row) {
    json.member("size", row.size).member("allocs", row.allocs).member("frees", row.frees);
    json.member("most_live", row.most_live).member("capacity", row.capacity);
    write_site(json, names, row.site);
  });
  json.member("live_bytes", advice.live_bytes).member("slack_bytes", advice.slack_bytes);
  write_rows(json, "rounding", advice.rounding, rows, [&](const RoundedSite& row) {
    json.member("blocks", row.blocks).member("bytes", row.bytes).member("slack_bytes", row.slack_bytes);
    write_site(json, names, row.site);
  });
  json.member("pages_known", advice.knows_pages).member("pages", advice.pages);
  json.member("sparse_pages", uint64_t{advice.sparse.size()});
  json.key("sampled_game_frames").begin_array();
  for (const uint32_t game_frame : advice.sampled_game_frames) json.value(game_frame);
  json.end_array();
  if (reel.program_numbers().any()) {
    json.key("sampled_numbers").begin_array();
    for (const uint32_t game_frame : advice.sampled_game_frames) json.value(reel.program_numbers().of(game_frame));
    json.end_array();
  }
  write_rows(json, "pages_list", advice.sparse, rows, [&](const SparsePage& page) {
    json.member("address", page.address).member("blocks", page.blocks).member("bytes", page.bytes);
    json.member("most_bytes", page.most_bytes).member("most_game_frame", page.most_game_frame);
    write_program_number(json, "most_number", reel, page.most_game_frame);
    json.key("bytes_at").begin_array();
    for (size_t i = 0; i < advice.sampled_game_frames.size(); ++i) json.value(page.bytes_at[i]);
    json.end_array();
  });
  write_rows(json, "pinning", advice.pinning, rows, [&](const PinningSite& row) {
    json.member("pages", row.pages).member("pages_alone", row.pages_alone).member("blocks", row.blocks);
    json.member("bytes", row.bytes).member("oldest", row.oldest);
    write_program_number(json, "oldest_number", reel, row.oldest);
    write_site(json, names, row.site);
  });
  return json.end_object().take();
}

std::string AdviceView::code_text() const {
  SiteNames names(reel);
  std::string text =
      format("// From {}, game frames {} to {}, by `heapreel advise --code`.\n", path,
             game_frame_name(reel, advice.first_game_frame), game_frame_name(reel, advice.last_game_frame));
  text += "#include <cstddef>\n#include <memory_resource>\n";
  if (!advice.arena.sites.empty()) {
    text += format(
        "\n// {} in {} game frames; the fullest, game frame {}, needs {} bytes. {}\n"
        "// Every thread that allocates there needs an arena of its own. Call frame_arena.release() where a game "
        "frame\n"
        "// ends.\n",
        counted(advice.arena.blocks, "block"), grouped(advice.game_frames),
        game_frame_name(reel, advice.arena.fullest_game_frame), grouped(advice.arena.capacity),
        advice.arena.knows_threads ? "Each was freed by the thread that allocated it."
                                   : "The reel does not say which thread freed them.");
    for (size_t i = 0; i < std::min<uint64_t>(rows, advice.arena.sites.size()); ++i) {
      text += format("//   {}\n", names.text(advice.arena.sites[i].site));
    }
    text += format("alignas({}) inline std::byte frame_arena_memory[{}];\n", ArenaAdvice::kAlignment,
                   std::max<uint64_t>(advice.arena.capacity, ArenaAdvice::kAlignment));
    text += "inline std::pmr::monotonic_buffer_resource frame_arena(frame_arena_memory, sizeof(frame_arena_memory));\n";
  }
  for (const DomainUse& use : advice.domains) {
    text += format("\n// {}: at most {} bytes at once within a game frame (game frame {}).\n",
                   reel.source()->domain_name(use.domain), grouped(use.peak_bound),
                   game_frame_name(reel, use.fullest_game_frame));
  }
  if (!advice.arena.handed_over.empty()) {
    text += "\n// Freed in the same game frame, but not always by the thread that allocated: not for this arena.\n";
    for (size_t i = 0; i < std::min<uint64_t>(rows, advice.arena.handed_over.size()); ++i) {
      const ArenaSite& row = advice.arena.handed_over[i];
      text += format("//   {} of {} by another thread  {}\n", grouped(row.cross_thread_blocks),
                     counted(row.blocks, "block"), names.text(row.site));
    }
  }
  for (size_t i = 0; i < std::min<uint64_t>(rows, advice.pools.size()); ++i) {
    const PoolSite& pool = advice.pools[i];
    const Frame& frame = names.frame(pool.site);
    text += format("\n// {}\n// {} allocated, {} freed; at most {} live at the end of a game frame.\n",
                   names.text(pool.site), counted(pool.allocs, "block"), grouped(pool.frees), grouped(pool.most_live));
    text += format(
        "inline std::pmr::unsynchronized_pool_resource pool_{}({{.max_blocks_per_chunk = {}, "
        ".largest_required_pool_block = {}}});\n",
        identifier_of(frame, i + 1), pool.capacity, std::max<uint64_t>(pool.size, 1));
  }
  return text;
}

}  // namespace heapreel::tools
