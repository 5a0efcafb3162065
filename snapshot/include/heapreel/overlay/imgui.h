// An overlay for Dear ImGui: a window in which a running program shows its own memory. It has the live bytes by domain,
// the allocations of each game frame, the budgets that the program declared, and the places that allocated in this game
// frame.
//
//     #include <imgui.h>                            // your own, 1.80 or later
//     #include <heapreel/heapreel.h>
//     #include <heapreel/overlay/imgui.h>
//
//     heapreel::start();
//     heapreel::ImGuiOverlay overlay;
//     while (running()) {
//       ImGui::NewFrame();
//       overlay.draw();                             // between NewFrame() and Render()
//       ImGui::Render();
//       HEAPREEL_GAME_FRAME();
//       overlay.end_game_frame();                   // where a game frame ends
//     }
//
// The figures are exact. A thread of heapreel's works them out from a snapshot of each game frame
// (heapreel/live_figures.h), so that the window shows the figures of one or two game frames ago. Once the window has been
// drawn for the first time, neither call allocates anything. Make both calls on the thread that uses ImGui.
//
// The program links libheapreel. Without HEAPREEL_ENABLE both calls exist and do nothing, and nothing needs to be
// linked.
#ifndef HEAPREEL_OVERLAY_IMGUI_H
#define HEAPREEL_OVERLAY_IMGUI_H

#ifndef IMGUI_VERSION
#error "include imgui.h first"
#endif

#ifdef HEAPREEL_ENABLE

#include <cstdio>

#include <heapreel/live_figures.h>

namespace heapreel {

class ImGuiOverlay {
 public:
  // Call it once in each game frame, after HEAPREEL_GAME_FRAME() or the call that shows the picture.
  void end_game_frame() { figures_.end_game_frame(); }

  // The figures that the window shows next. The reference is valid until the next call of newest() or draw().
  const GameFrameFigures& newest() { return figures_.newest(); }

  // Draws the window. `open`, if given, becomes false when the user closes it, as with ImGui::Begin().
  void draw(bool* open = nullptr, const char* title = "heapreel") {
    ImGui::SetNextWindowSize(ImVec2(660, 440), ImGuiCond_FirstUseEver);
    if (ImGui::Begin(title, open)) contents();
    ImGui::End();
  }

  // Draws the same into a window of the program's, between ImGui::Begin() and End().
  void contents() {
    const GameFrameFigures& newest = figures_.newest();
    if (ImGui::Checkbox("hold", &holds_) && holds_) held_ = newest;
    const GameFrameFigures& shown = holds_ ? held_ : newest;
    ImGui::SameLine();
    if (shown.state == GameFrameFigures::State::kOff) {
      ImGui::TextUnformatted("nothing is traced: call heapreel::start()");
      return;
    }
    if (shown.state == GameFrameFigures::State::kPending) {
      ImGui::TextUnformatted("reading the names of functions ...");
      return;
    }
    head(shown);
    plot(shown);
    budgets(shown);
    domains(shown);
    sites(shown);
  }

 private:
  // A short text, returned by value so that nothing is allocated.
  struct Text {
    char text[40];
  };

  static Text size(uint64_t bytes) {
    static const char* const kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = static_cast<double>(bytes);
    unsigned unit = 0;
    while (value >= 10240 && unit < 4) {
      value /= 1024;
      ++unit;
    }
    Text text;
    std::snprintf(text.text, sizeof text.text, unit == 0 || value >= 100 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
    return text;
  }

  // "1,234,567"
  static Text number(uint64_t value) {
    char digits[24];
    const int count = std::snprintf(digits, sizeof digits, "%llu", static_cast<unsigned long long>(value));
    Text text;
    char* to = text.text;
    for (int i = 0; i < count; ++i) {
      if (i != 0 && (count - i) % 3 == 0) *to++ = ',';
      *to++ = digits[i];
    }
    *to = '\0';
    return text;
  }

  static Text amount(uint64_t value, bool is_bytes) { return is_bytes ? size(value) : number(value); }

  static ImVec4 warning_colour() { return ImVec4(1.0f, 0.45f, 0.35f, 1.0f); }

  static void head(const GameFrameFigures& shown) {
    ImGui::Text("  game frame %s", number(shown.game_frame).text);
    ImGui::SameLine();
    if (shown.state == GameFrameFigures::State::kEnded) {
      ImGui::TextColored(warning_colour(), "TRACING ENDED here, because its limits were reached");
    } else if (!shown.is_exact) {
      ImGui::TextColored(warning_colour(), "INCOMPLETE: not everything was recorded");
    } else {
      ImGui::TextDisabled("exact, tracing uses %s", size(shown.tracer_bytes).text);
    }
    ImGui::Text("live       %s in %s blocks, peak %s", size(shown.live_bytes).text, number(shown.live_blocks).text,
                size(shown.peak_bytes).text);
    if (shown.game_frames == 0) {
      ImGui::TextUnformatted("allocated  not known for this game frame");
      return;
    }
    ImGui::Text("allocated  %s in %s allocs", size(shown.alloc_bytes).text, number(shown.allocs).text);
    ImGui::SameLine();
    ImGui::Text("  freed %s in %s frees", size(shown.freed_bytes).text, number(shown.frees).text);
    if (shown.game_frames > 1) {
      ImGui::Text("           in %u game frames, which were worked out together", shown.game_frames);
    }
  }

  static void plot(const GameFrameFigures& shown) {
    if (shown.past_count == 0) return;
    float most = 0;
    for (uint32_t i = 0; i < shown.past_count; ++i) {
      if (shown.past_allocs[i] > most) most = shown.past_allocs[i];
    }
    char text[80];
    std::snprintf(text, sizeof text, "allocs of the last %u game frames, at most %s", shown.past_count,
                  number(static_cast<uint64_t>(most)).text);
    ImGui::PlotHistogram("##allocs", shown.past_allocs, static_cast<int>(shown.past_count), 0, text, 0.0f,
                         most > 0 ? most : 1.0f, ImVec2(ImGui::GetContentRegionAvail().x, 70));
  }

  // A table whose columns of figures are of one width, and whose last column, a name, takes the rest.
  static bool begin_table(const char* id, int figures, const char* const* columns) {
    if (!ImGui::BeginTable(id, figures + 1, ImGuiTableFlags_RowBg | ImGuiTableFlags_SizingFixedFit)) return false;
    for (int i = 0; i < figures; ++i) ImGui::TableSetupColumn(columns[i], ImGuiTableColumnFlags_WidthFixed, 72);
    ImGui::TableSetupColumn(columns[figures], ImGuiTableColumnFlags_WidthStretch);
    ImGui::TableHeadersRow();
    return true;
  }

  static void figure(const Text& text) {
    ImGui::TableNextColumn();
    const float spare = ImGui::GetContentRegionAvail().x - ImGui::CalcTextSize(text.text).x;
    if (spare > 0) ImGui::SetCursorPosX(ImGui::GetCursorPosX() + spare);
    ImGui::TextUnformatted(text.text);
  }

  static void budgets(const GameFrameFigures& shown) {
    if (shown.budget_count == 0) return;
    static const char* const kColumns[] = {"now", "limit", "worst", "times over", "budget"};
    if (!begin_table("##budgets", 4, kColumns)) return;
    for (uint32_t i = 0; i < shown.budget_count; ++i) {
      const GameFrameFigures::Budget& budget = shown.budgets[i];
      ImGui::TableNextRow();
      const bool over = budget.is_over();
      if (over) ImGui::PushStyleColor(ImGuiCol_Text, warning_colour());
      figure(budget.is_known ? amount(budget.value, budget.is_bytes) : Text{"not known"});
      figure(amount(budget.most, budget.is_bytes));
      figure(amount(budget.worst, budget.is_bytes));
      figure(number(budget.game_frames_over));
      ImGui::TableNextColumn();
      ImGui::Text("%s%s  %s", over ? "OVER  " : "", budget.name, budget.figure);
      if (over) ImGui::PopStyleColor();
    }
    ImGui::EndTable();
    if (shown.other_budgets != 0) ImGui::TextDisabled("and %u limits more", shown.other_budgets);
  }

  static void domains(const GameFrameFigures& shown) {
    static const char* const kColumns[] = {"live", "blocks", "allocs", "allocated", "domain"};
    if (!begin_table("##domains", 4, kColumns)) return;
    for (uint32_t i = 0; i < shown.domain_count; ++i) {
      const GameFrameFigures::Domain& domain = shown.domains[i];
      ImGui::TableNextRow();
      figure(size(domain.live_bytes));
      figure(number(domain.live_blocks));
      figure(number(domain.allocs));
      figure(size(domain.alloc_bytes));
      ImGui::TableNextColumn();
      ImGui::TextUnformatted(domain.name);
    }
    ImGui::EndTable();
    if (shown.other_domains != 0) {
      ImGui::TextDisabled("and %u domains more with %s", shown.other_domains, size(shown.other_domains_bytes).text);
    }
  }

  static void sites(const GameFrameFigures& shown) {
    static const char* const kColumns[] = {"allocs", "allocated", "allocated in this game frame by"};
    if (!begin_table("##sites", 2, kColumns)) return;
    for (uint32_t i = 0; i < shown.site_count; ++i) {
      const GameFrameFigures::Site& site = shown.sites[i];
      ImGui::TableNextRow();
      figure(number(site.allocs));
      figure(size(site.alloc_bytes));
      ImGui::TableNextColumn();
      ImGui::TextUnformatted(site.function);
      ImGui::SameLine();
      ImGui::TextDisabled("%s", site.place);
    }
    ImGui::EndTable();
    if (shown.other_sites != 0) {
      ImGui::TextDisabled("and %u places more with %s allocs", shown.other_sites,
                          number(shown.other_sites_allocs).text);
    }
  }

  LiveFigures figures_;
  GameFrameFigures held_;
  bool holds_ = false;
};

}  // namespace heapreel

#else

namespace heapreel {

class ImGuiOverlay {
 public:
  void end_game_frame() {}
  void draw(bool* /*open*/ = nullptr, const char* /*title*/ = "heapreel") {}
  void contents() {}
};

}  // namespace heapreel

#endif
#endif
