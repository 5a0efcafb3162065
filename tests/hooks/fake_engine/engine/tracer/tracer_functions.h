// The door between two copies of the engine, as the hooks see it: opaque.
#pragma once

namespace heapreel::engine {

struct TracerFunctions;
extern const TracerFunctions kOwnTracerFunctions;
bool use_tracer_functions(const TracerFunctions& other) noexcept;

}  // namespace heapreel::engine
