#include <heapreel/source_lines.h>

#include <filesystem>
#include <fstream>

namespace heapreel {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// Moves `file` behind the next line end, whichever of \n, \r and \r\n it is, and keeps the text in `line`.
// False at the end of the file.
bool take_line(std::streambuf& file, std::string& line) {
  using Traits = std::char_traits<char>;
  line.clear();
  auto c = file.sbumpc();
  if (Traits::eq_int_type(c, Traits::eof())) return false;
  while (!Traits::eq_int_type(c, Traits::eof()) && c != '\n') {
    if (c == '\r') {
      if (file.sgetc() == '\n') file.sbumpc();
      return true;
    }
    line.push_back(Traits::to_char_type(c));
    c = file.sbumpc();
  }
  return true;
}

}  // namespace

std::string read_source_line(std::string_view filename, uint32_t lineno) {
  const bool is_a_file_name = !filename.empty() && !(filename.front() == '<' && filename.back() == '>');
  if (!is_a_file_name || lineno == 0) return {};
  // Names may come from somebody else's file: so it never waits for a pipe, and never reads a device without end.
  std::error_code error;
  if (!std::filesystem::is_regular_file(filename, error)) return {};
  std::filebuf file;
  if (!file.open(std::string(filename), std::ios::in | std::ios::binary)) return {};
  std::string line;
  try {
    for (uint32_t i = 1; take_line(file, line); ++i) {
      if (i == 1 && line.starts_with(kByteOrderMark)) line.erase(0, kByteOrderMark.size());
      if (i == lineno) return line;
    }
  } catch (const std::ios_base::failure&) {
    return {};  // unreadable is the same as absent: format() then prints the File line alone
  }
  return {};
}

}  // namespace heapreel
