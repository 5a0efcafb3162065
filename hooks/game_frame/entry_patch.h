// A function of the program at which its game frames end (`run --frame-at`).
#pragma once

namespace heapreel::hooks {

// Whether game frames end at such a function. Then calls that show a picture end none.
bool frames_end_at_entry() noexcept;

}  // namespace heapreel::hooks
