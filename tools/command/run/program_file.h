// The file of the program that should be traced: whether a library can be preloaded into it at all.
#pragma once

#include <string>
#include <vector>

namespace heapreel::tools {

// Finds `name` as a shell does and looks into it. The path to execute; throws a usage error that says what is wrong and
// what to do when there is no such program, or when it would run untraced: statically linked, made for another loader
// or machine, or set-user-id.
std::string traceable_program(const std::string& name);

// The path of the shell that runs `program`, where that is a shell's script: what it does, it does in other processes. ""
// for every other program, and where the file cannot be read.
std::string shell_of_script(const std::string& program);

}  // namespace heapreel::tools
