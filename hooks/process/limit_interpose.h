// What the hooks of malloc do when the real allocator has no memory.
#pragma once

namespace heapreel::hooks {

// To be called when the allocator has no memory. The program's limit of address space may have been lowered without the
// hooks seeing it. Then the tracer gives back the address space that it does not need. True when the allocator may be
// asked again. Any thread; one system call, no lock, no allocation.
bool make_room_for_allocation() noexcept;

}  // namespace heapreel::hooks
