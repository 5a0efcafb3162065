// A function's name as people write it: without what it returns and takes.
#pragma once

#include <string>
#include <string_view>

namespace heapreel {

// "Mesh::load" of "int Mesh::load(char const*) const [clone .isra.0]", and of "Mesh::load.cold". What encloses the
// function keeps its parameters: "run()::{lambda(int)#1}::operator()" of "run()::{lambda(int)#1}::operator()(int)".
std::string_view bare_function(std::string_view function);

// The last part of a bare name: "load" of "game::Mesh<int>::load".
std::string_view last_part_of_function(std::string_view bare);

}  // namespace heapreel
