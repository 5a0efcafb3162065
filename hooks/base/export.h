// The visibility of functions that programs link against; everything else in the project is hidden.
#pragma once

#define HEAPREEL_EXPORT [[gnu::visibility("default")]]
