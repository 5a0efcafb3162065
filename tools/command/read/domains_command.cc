// `heapreel domains`: how much each allocator of a program has, with and without blocks that are the memory of another
// allocator.
#include <heapreel/domain_totals.h>

#include <cstdio>

#include "tools/command/console/command_line.h"
#include "tools/command/console/format.h"
#include "tools/command/console/json_writer.h"
#include "tools/command/console/table_text.h"
#include "tools/command/read/moment.h"
#include "tools/command/read/opened_reel.h"
#include "tools/command/text/size_text.h"

namespace heapreel::tools {
namespace {

std::string name_of(const std::vector<DomainTotals>& domains, uint32_t number) {
  for (const DomainTotals& domain : domains) {
    if (domain.domain == number) return domain.name;
  }
  return std::to_string(number);
}

std::string domains_json(const std::string& path, const Reel& reel, const Moment& moment,
                         const std::vector<DomainTotals>& domains) {
  JsonWriter json;
  json.begin_object().member("schema", "heapreel.domains/1").member("file", path);
  write_moment(json, reel, moment);
  json.key("domains").begin_array();
  for (const DomainTotals& domain : domains) {
    json.begin_object().member("name", domain.name).member("blocks", domain.blocks).member("bytes", domain.bytes);
    json.member("own_blocks", domain.own_blocks).member("own_bytes", domain.own_bytes);
    if (domain.within) {
      json.member("within", name_of(domains, *domain.within)).member("heap_blocks", domain.heap_blocks);
      json.member("heap_bytes", domain.heap_bytes).member("bytes_in_heaps", domain.bytes_in_heaps);
    }
    if (domain.declared_heaps != 0 || domain.outside_blocks != 0) {
      json.member("declared_heaps", domain.declared_heaps).member("shared_heaps", domain.shared_heaps);
      json.member("outside_blocks", domain.outside_blocks).member("outside_bytes", domain.outside_bytes);
    }
    if (domain.peak_bytes) json.member("peak_bytes", *domain.peak_bytes).member("peak_bound", *domain.peak_bound);
    json.end_object();
  }
  return json.end_array().end_object().take();
}

std::string heap_text(const std::vector<DomainTotals>& domains, const DomainTotals& domain) {
  if (!domain.within) return "";
  return format("{} in {} of {}", size_text(domain.heap_bytes),
                domain.heap_blocks == 1 ? "1 block" : grouped(domain.heap_blocks) + " blocks",
                name_of(domains, *domain.within));
}

std::string peak_text(const DomainTotals& domain) {
  if (!domain.peak_bytes) return "";
  if (domain.peak_bound == domain.peak_bytes) return size_text(*domain.peak_bytes);
  return format("{} to {}", size_text(*domain.peak_bytes), size_text(*domain.peak_bound));
}

// What contradicts what the program says of its heaps.
std::string contradictions(const std::vector<DomainTotals>& domains) {
  std::string text;
  for (const DomainTotals& domain : domains) {
    if (domain.outside_blocks != 0) {
      text += format(
          "{}: {} ({}) outside of all its heaps: a heap was freed before its pieces, or a piece reaches beyond it\n",
          domain.name, counted(domain.outside_blocks, "block") + (domain.outside_blocks == 1 ? " lies" : " lie"),
          size_text(domain.outside_bytes));
    }
    if (domain.shared_heaps != 0) {
      text += format("{}: {} of another domain as well\n", domain.name,
                     domain.shared_heaps == 1 ? "1 of its heaps is memory"
                                              : grouped(domain.shared_heaps) + " of its heaps are memory");
    }
  }
  return text;
}

std::string domains_text(const std::vector<DomainTotals>& domains) {
  TableText table({{"live"},
                   {"blocks"},
                   {"own"},
                   {"own blocks"},
                   {"peak in game frame"},
                   {"domain", TableText::Align::kLeft},
                   {"its memory", TableText::Align::kLeft}});
  DomainTotals all;
  for (const DomainTotals& domain : domains) {
    table.add({size_text(domain.bytes), grouped(domain.blocks), size_text(domain.own_bytes), grouped(domain.own_blocks),
               peak_text(domain), domain.name, heap_text(domains, domain)});
    all.own_bytes += domain.own_bytes;
    all.own_blocks += domain.own_blocks;
  }
  if (table.empty()) return "nothing is live\n";
  table.add({"", "", size_text(all.own_bytes), grouped(all.own_blocks), "", "all, each byte once", ""});
  return table.text(terminal_columns()) + contradictions(domains);
}

std::vector<OptionSpec> domains_option_table() {
  return {{"--json", "", "", "print JSON, integers in bytes"}};
}

ExitStatus print_domains(const Arguments& arguments) {
  arguments.require_operands(1);
  const auto [path, spec] = split_spec(arguments.operands()[0]);
  const Reel reel = open_reel(path);
  const Moment moment = moment_of(reel, spec);
  const Snapshot snapshot = moment.mark ? reel.snapshot_at_mark(*moment.mark) : reel.snapshot_at(moment.game_frame);
  const std::vector<DomainTotals> domains = domain_totals(snapshot);
  std::fputs((arguments.has("--json") ? domains_json(path, reel, moment, domains) : domains_text(domains)).c_str(),
             stdout);
  return completeness(reel.info());
}

}  // namespace

CommandSpec domains_command() {
  static constexpr Example examples[] = {
      {"heapreel domains game.reel@peak", "each allocator, counted with and without the pools in its memory"},
  };
  return {.name = "domains",
          .operands = "FILE[@SPEC]",
          .help = "what each allocator of the program has, counted with and without pools inside it",
          .options = domains_option_table,
          .execute = print_domains,
          .examples = examples};
}

}  // namespace heapreel::tools
