// The thread of an idle process that waits to be told by `heapreel attach` to trace.
//
// There is none, and no socket, unless the program or its environment asks for it (listen=1). It sleeps in accept() until
// somebody of its own user connects. All signals are blocked in it. It has a table of descriptors of its own, so that the
// program never meets its socket: it takes none of the program's numbers, no forked child inherits it, and whatever the
// program closes is closed. A forked child does not listen.
#pragma once

namespace heapreel::hooks {

// Begins to listen, once in a process. `keeps_allocator`: which of the two libraries this is. False, with a line on stderr,
// when there is no thread, folder or socket, or the kernel is older than Linux 5.9. True when it listens already. What goes
// wrong after that is said on stderr by the thread.
bool listen_for_attach(bool keeps_allocator) noexcept;

}  // namespace heapreel::hooks
