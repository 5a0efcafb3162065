// The folders of control sockets that runs left behind because they were killed.
#pragma once

namespace heapreel::tools {

// Removes this user's folders, in the folder for temporary files, in which nobody listens any more. A folder that was
// made or changed within the last minute stays, because its run may not listen yet. Nothing else is touched: no links
// are followed, and a folder that holds anything but the socket stays.
void remove_left_control_folders();

}  // namespace heapreel::tools
