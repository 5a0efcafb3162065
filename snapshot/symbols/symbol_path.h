// Source file names in one form: absolute where the compiler told where it ran, without "./", "../" and "//".
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace heapreel {

// Joins a relative `path` to `directory` and normalises it by the letter, looking at no file: "a/../b" is "b"
// also where "a" is a symbolic link on the machine that compiled it. Leading "../" of a relative result stay.
std::string normalise_source_path(std::string_view path, std::string_view directory = {});

// Replaces the longest prefix of `path` found in `map`, if any. A prefix ends at a '/' or is the whole path.
std::string map_path_prefix(const std::string& path, const std::vector<std::pair<std::string, std::string>>& map);

}  // namespace heapreel
