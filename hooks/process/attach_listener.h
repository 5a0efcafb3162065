// The thread of a process that does not trace yet, which waits for `heapreel attach`.
//
// There is no such thread, and no socket, unless the program or its environment asks for it (listen=1). The thread
// sleeps in accept() until somebody of its own user connects. All signals are blocked in it. It has a table of
// descriptors of its own, so that the program never meets its socket: the socket takes none of the program's numbers,
// no forked child inherits it, and the program can close what it likes. A forked child does not listen.
#pragma once

namespace heapreel::hooks {

// Begins to listen, once in a process. `keeps_allocator` says which of the two libraries this is. False, with a line on
// stderr, when there is no thread, folder or socket, or when the kernel is older than Linux 5.9. True when it listens
// already. The thread says on stderr what goes wrong later.
bool listen_for_attach(bool keeps_allocator) noexcept;

}  // namespace heapreel::hooks
