// What a process has mapped, as in /proc/PID/maps.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

namespace heapreel::tools {

struct ProcessMapping {
  uintptr_t begin = 0;
  uintptr_t end = 0;
  uint64_t inode = 0;
  std::string path;  // empty where it has no name
};

// Calls visit(const ProcessMapping&), by ascending address, until it returns false; `folder` is the process's in /proc.
// Returns whether there was any line: a process that ends has no map any more.
template <class Visit>
bool for_each_mapping(const std::string& folder, Visit&& visit) {
  std::ifstream maps(folder + "/maps");
  bool has_lines = false;
  for (std::string line; std::getline(maps, line);) {
    has_lines = true;
    std::istringstream fields(line);
    ProcessMapping mapping;
    char dash = 0;
    std::string access, offset, device;
    fields >> std::hex >> mapping.begin >> dash >> mapping.end >> access >> offset >> device >> std::dec >>
        mapping.inode;
    std::getline(fields >> std::ws, mapping.path);
    if (!visit(mapping)) break;
  }
  return has_lines;
}

}  // namespace heapreel::tools
