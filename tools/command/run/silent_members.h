// Living processes of a followed program that have not asked for an arena yet: children that were forked and have not
// allocated anything, and programs that were executed and are still being loaded.
#pragma once

#include <dirent.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace heapreel::tools {

struct SilentMember {
  pid_t process = 0;
  // True: it has been executed, and asks as soon as it is loaded, if it loads the library. False: it was forked, and
  // asks when it allocates something.
  bool was_executed = false;
};

class SilentMembers {
 public:
  // `page_fd` is the descriptor of the family's page, which every forked member has mapped. `socket` is the number of
  // the control socket, which every executed one has in its environment.
  SilentMembers(int page_fd, uint64_t socket);

  // All members that the kernel knows; nothing when there is no memory or descriptor left to look. It looks at every
  // process that is younger than this one, which takes some milliseconds.
  std::optional<std::vector<SilentMember>> find() const;

 private:
  std::vector<SilentMember> find_in(DIR& all) const;
  bool has_page(const std::string& process) const;
  bool is_being_loaded(const std::string& process) const;

  uint64_t page_inode_ = 0;  // 0: there is no page
  std::string socket_;       // the part of the variable that names the socket
  uint64_t first_start_ = 0;
};

}  // namespace heapreel::tools
