#include "snapshot/export/formats.h"

#include <algorithm>

namespace heapreel {

// Each in a file of its name.
void write_collapsed(const ExportSource& source, ExportOutput& output);
void write_csv(const ExportSource& source, ExportOutput& output);
void write_dhat(const ExportSource& source, ExportOutput& output);
void write_heaptrack(const ExportSource& source, ExportOutput& output);
void write_ndjson(const ExportSource& source, ExportOutput& output);
void write_perfetto(const ExportSource& source, ExportOutput& output);
void write_postgresql(const ExportSource& source, ExportOutput& output);
void write_pprof(const ExportSource& source, ExportOutput& output);
void write_speedscope(const ExportSource& source, ExportOutput& output);
void write_sqlite(const ExportSource& source, ExportOutput& output);

std::span<const ExportFormat> export_formats() {
  static constexpr ExportFormat kFormats[] = {
      {.name = "pprof",
       .suffix = ".pb.gz",
       .help =
           "profile.proto: `go tool pprof`, Grafana Pyroscope, Parca; live and allocated, labels for domain and tag",
       .write = write_pprof,
       .of_state = true},
      {.name = "collapsed",
       .suffix = ".folded",
       .help = "one line a stack, outermost call first, and a figure: flamegraph.pl, speedscope, Firefox Profiler",
       .write = write_collapsed,
       .takes_value = true,
       .of_state = true},
      {.name = "speedscope",
       .suffix = ".speedscope.json",
       .help = "speedscope.app: live bytes, live blocks, allocated bytes and allocations, each a profile",
       .write = write_speedscope,
       .of_state = true},
      {.name = "dhat",
       .suffix = ".dhat.json",
       .help = "valgrind's dh_view.html, Firefox Profiler: totals, lifetimes, at the peak, at the end; in game frames",
       .write = write_dhat},
      {.name = "heaptrack",
       .suffix = ".heaptrack.gz",
       .help = "heaptrack_gui, heaptrack_print: events, put together from what each game frame did",
       .write = write_heaptrack},
      {.name = "perfetto",
       .suffix = ".perfetto-trace",
       .help = "ui.perfetto.dev: counters of each domain, game frame by game frame, and marks",
       .write = write_perfetto},
      {.name = "csv",
       .suffix = ".csv",
       .help = "one table (--table, otherwise sites) as RFC 4180 has it: spreadsheets, pandas, ClickHouse, DuckDB",
       .write = write_csv,
       .takes_table = true},
      {.name = "ndjson",
       .suffix = ".ndjson",
       .help = "all tables, or the one of --table, a line of JSON for each row: jq, pandas, DuckDB",
       .write = write_ndjson,
       .takes_table = true},
      {.name = "sqlite",
       .suffix = ".sqlite",
       .help = "a database with all tables: sqlite3, DB Browser, Datasette",
       .write = write_sqlite,
       .needs_file = true},
      {.name = "postgresql",
       .suffix = ".sql",
       .help = "SQL for psql, which adds all tables of the reel to those of other reels: `... -o - | psql`",
       .write = write_postgresql},
  };
  return kFormats;
}

const ExportFormat* find_export_format(std::string_view name) {
  const auto formats = export_formats();
  const auto found = std::ranges::find(formats, name, &ExportFormat::name);
  return found == formats.end() ? nullptr : &*found;
}

}  // namespace heapreel
