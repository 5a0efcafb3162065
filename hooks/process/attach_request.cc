#include "hooks/process/attach_request.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "hooks/process/text_builder.h"

namespace heapreel::hooks {

void write_listen_folder(uid_t user, char (&path)[kListenFolderBytes]) noexcept {
  TextBuilder(path) << P_tmpdir << "/heapreel-" << uint64_t{user} << ".listen";
}

void write_listen_path(uid_t user, uint64_t name_space, uint64_t process, char (&path)[kListenPathBytes]) noexcept {
  char folder[kListenFolderBytes];
  write_listen_folder(user, folder);
  TextBuilder(path) << folder << "/" << name_space << "." << process;
}

bool is_private_folder(const char* folder) noexcept {
  struct stat status {};
  return lstat(folder, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid() &&
         (status.st_mode & 07777) == 0700;
}

bool is_of_own_user(int socket) noexcept {
  ucred peer = {};
  socklen_t size = sizeof peer;
  return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

}  // namespace heapreel::hooks
