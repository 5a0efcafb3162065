// A function of the program at which its game frames end (`run --frame-at`).
#pragma once

namespace heapreel::hooks {

// Whether game frames end there, and so at no call that shows a picture.
bool frames_end_at_entry() noexcept;

}  // namespace heapreel::hooks
