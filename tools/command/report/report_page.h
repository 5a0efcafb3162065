// The page of a report: the shell, which all reports share, with the data of a reel.
#pragma once

#include <string>
#include <string_view>

#include "tools/command/report/report_data.h"

namespace heapreel::tools {

// The shell as it is built from tools/report (tools/report/README.md says how): HTML with two places for data.
std::string_view report_shell();

enum class ReportPage {
  kStill,  // asks for nothing else, and runs no code but the shell's
  kLive,   // also asks the server that it came from for what is new
};

// The data in the form in which the page carries it; `data` need not outlive it.
class PackedReport {
 public:
  PackedReport(const ReportData& data, ReportPage kind);

  std::string page() const;
  // The answer for a live page: the head in one line, and the packed body.
  std::string data() const { return head_ + "\n" + body_; }

 private:
  ReportPage kind_;
  std::string head_;
  std::string body_;
};

}  // namespace heapreel::tools
