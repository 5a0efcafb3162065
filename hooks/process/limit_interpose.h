// What the hooks of malloc do when the real allocator has no memory.
#pragma once

namespace heapreel::hooks {

// The program's limit of address space may have been lowered past the hooks. Then what the tracer holds of it without need
// goes back: true, and the allocator may be asked again. Any thread; one system call, no lock, no allocation.
bool make_room_for_allocation() noexcept;

}  // namespace heapreel::hooks
