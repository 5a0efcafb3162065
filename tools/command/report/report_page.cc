#include "tools/command/report/report_page.h"

#include <stdexcept>

#include "tools/command/report/packed_text.h"

namespace heapreel::tools {
namespace {

// Appends the shell up to `place`, and `text` in place of that, after what was filled in before.
void fill(std::string& page, std::string_view& shell, std::string_view place, std::string_view text) {
  const size_t at = shell.find(place);
  if (at == std::string_view::npos) throw std::logic_error("the shell of the report lacks a place for its data");
  page += shell.substr(0, at);
  page += text;
  shell.remove_prefix(at + place.size());
}

}  // namespace

PackedReport::PackedReport(const ReportData& data, ReportPage kind)
    : kind_(kind),
      head_(data.head),
      body_(packed_text(data.body, kind == ReportPage::kStill ? Packing::kSmall : Packing::kQuick)) {
  while (head_.ends_with('\n')) head_.pop_back();
}

std::string PackedReport::page() const {
  std::string_view shell = report_shell();
  std::string page;
  page.reserve(shell.size() + head_.size() + body_.size());
  if (kind_ == ReportPage::kLive) {
    fill(page, shell, "<html ", "<html data-live ");
    fill(page, shell, "base-uri 'none'", "connect-src 'self'; base-uri 'none'");
  }
  fill(page, shell, "<!--HEAD-->", head_);
  fill(page, shell, "<!--BODY-->", body_);
  page += shell;
  return page;
}

}  // namespace heapreel::tools
