// A module that is loaded with RTLD_DEEPBIND looks for malloc among its own libraries first, and finds the C library's
// before any preloaded one. Its blocks would be allocated by one allocator and freed by another, unseen.
#pragma once

namespace heapreel::hooks {

// Makes the C library's own symbol table name our functions in place of its malloc and relatives, for whoever looks
// them up from now on. Functions that the program itself defines are left out, because they stand before ours. Any
// thread; all calls but the first find it done.
[[gnu::cold]] void lead_deep_binding_to_hooks() noexcept;

}  // namespace heapreel::hooks
