#include "tools/command/report/report_page.h"

#include <stdexcept>

#include "tools/command/report/packed_text.h"

namespace heapreel::tools {
namespace {

constexpr std::string_view kHeadPlace = "<!--HEAD-->";
constexpr std::string_view kBodyPlace = "<!--BODY-->";

}  // namespace

std::string report_page(const ReportData& data) {
  const std::string_view shell = report_shell();
  const size_t head = shell.find(kHeadPlace);
  const size_t body = shell.find(kBodyPlace);
  if (head == std::string_view::npos || body == std::string_view::npos || body < head) {
    throw std::logic_error("the shell of the report has no place for its data");
  }
  const std::string packed = packed_text(data.body);
  std::string page;
  page.reserve(shell.size() + data.head.size() + packed.size());
  page += shell.substr(0, head);
  page += data.head;
  page += shell.substr(head + kHeadPlace.size(), body - head - kHeadPlace.size());
  page += packed;
  page += shell.substr(body + kBodyPlace.size());
  return page;
}

}  // namespace heapreel::tools
