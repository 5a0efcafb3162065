#include "tools/command/report/report_data.h"

#include "tools/command/report/report_gathering.h"

namespace heapreel::tools {

ReportData ReportData::of(const Reel& reel, const std::string& path, const SkipList& skip_list,
                          const std::vector<std::string>& options) {
  ReportGathering gathering(reel, skip_list);
  gathering.take_in();
  return gathering.data(path, options);
}

}  // namespace heapreel::tools
