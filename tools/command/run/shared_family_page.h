// The page that all processes of a followed program share with the run (hooks/process/family_page.h), as the run reads
// it.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "hooks/process/family_page.h"

namespace heapreel::tools {

class SharedFamilyPage {
 public:
  static constexpr const char* kName = "heapreel-family";  // as /proc/PID/maps shows the page

  // When there is no memory for the page, fd() is -1, and processes cannot report anything by it.
  SharedFamilyPage();
  ~SharedFamilyPage();
  SharedFamilyPage(const SharedFamilyPage&) = delete;
  SharedFamilyPage& operator=(const SharedFamilyPage&) = delete;

  int fd() const { return fd_; }

  // What is in the page now. A program may have written anything there: texts are made safe to print, and counts are as
  // the program left them.
  struct Untraced {
    std::string program;
    pid_t process = 0;  // 0: not known
    std::string why;
  };
  std::vector<Untraced> untraced_programs() const;
  uint64_t untraced_without_room() const;
  struct NotAsked {
    uint64_t processes = 0;
    std::string why;
  };
  std::vector<NotAsked> not_asked() const;

 private:
  int fd_ = -1;
  hooks::FamilyPage* page_ = nullptr;
};

}  // namespace heapreel::tools
