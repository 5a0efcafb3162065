// The environment at the start of a process: read before the C library has set `environ`, and cleaned so that children
// run untraced.
#pragma once

namespace heapreel::hooks {

// The values of HEAPREEL and HEAPREEL_OPTIONS; empty when unset.
struct StartRequest {
  char frames[64];
  char options[4096];
  bool present;   // one of them is set
  bool too_long;  // one of them did not fit
};

// Reads the request from `environ`, or from /proc/self/environ while `environ` is not set yet. False when neither can
// be read.
bool read_start_request(StartRequest& request) noexcept;

// Removes the HEAPREEL variables and our entry of LD_PRELOAD from `environ`, in place. The other entries move up, so
// that the array still ends where it did: the kernel's auxiliary vector begins there, which Go's run-time system finds
// by walking on from argv. A program that walks so finds the first entry several times.
void remove_start_request() noexcept;

}  // namespace heapreel::hooks
