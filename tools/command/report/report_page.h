// The page of a report: the shell, which every report shares, with a reel's data in it.
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

// Data as it travels; `data` need not outlive it.
class PackedReport {
 public:
  PackedReport(const ReportData& data, ReportPage kind);

  std::string page() const;
  // What a live page asks for: the head in one line, and the packed body.
  std::string data() const { return head_ + "\n" + body_; }

 private:
  ReportPage kind_;
  std::string head_;
  std::string body_;
};

}  // namespace heapreel::tools
