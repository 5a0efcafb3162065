// Programs are told apart by their files; the files here are this test's own, changed.
#include "hooks/process/program_kind.h"

#include <elf.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

namespace heapreel::hooks {
namespace {

std::string own_file() {
  std::ifstream file("/proc/self/exe", std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

class ProgramKindTest : public ::testing::Test {
 protected:
  ProgramKindTest() : fd_(mkstemp(path_)) {}
  ~ProgramKindTest() override {
    close(fd_);
    unlink(path_);
  }

  ProgramKind kind_of(const std::string& content) {
    EXPECT_EQ(ftruncate(fd_, 0), 0);
    EXPECT_EQ(pwrite(fd_, content.data(), content.size(), 0), static_cast<ssize_t>(content.size()));
    return program_kind_at(AT_FDCWD, path_);
  }

  char path_[32] = P_tmpdir "/program-XXXXXX";
  const int fd_;
};

// Puts `name` over the name of the loader that the program asks for.
std::string with_loader(std::string content, const std::string& name) {
  const size_t at = content.find("/lib64/ld-linux");
  EXPECT_NE(at, std::string::npos);
  const size_t end = content.find('\0', at);
  EXPECT_LE(name.size(), end - at);
  content.replace(at, end - at, name + std::string(end - at - name.size(), '\0'));
  return content;
}

std::string with_byte(std::string content, size_t at, int value) {
  content[at] = static_cast<char>(value);
  return content;
}

TEST_F(ProgramKindTest, a_program_for_this_c_library_is_traceable) {
  EXPECT_EQ(kind_of(own_file()), ProgramKind::kTraceable);
}

TEST_F(ProgramKindTest, a_program_for_another_loader_is_not) {
  EXPECT_EQ(kind_of(with_loader(own_file(), "/lib/ld-musl-x86.so.1")), ProgramKind::kOtherLoader);
}

TEST_F(ProgramKindTest, a_program_of_another_class_or_machine_is_not) {
  EXPECT_EQ(kind_of(with_byte(own_file(), EI_CLASS, ELFCLASS32)), ProgramKind::kOtherClass);
  EXPECT_EQ(kind_of(with_byte(own_file(), offsetof(Elf64_Ehdr, e_machine), EM_S390)), ProgramKind::kOtherClass);
}

TEST_F(ProgramKindTest, scripts_are_judged_by_their_interpreter_and_endless_ones_by_nothing) {
  EXPECT_EQ(kind_of("#!/proc/self/exe\n"), ProgramKind::kTraceable);
  EXPECT_EQ(kind_of(std::string("#! ") + path_ + "\n"), ProgramKind::kUnknown);
  EXPECT_EQ(kind_of("#!/no/such/interpreter"), ProgramKind::kUnknown);
}

TEST_F(ProgramKindTest, what_is_no_program_is_left_as_it_is) {
  for (const std::string& content : {std::string(), std::string("text\n"), std::string("\177ELF"), std::string("#!")}) {
    EXPECT_EQ(kind_of(content), ProgramKind::kUnknown);
  }
  EXPECT_EQ(program_kind_at(AT_FDCWD, "/no/such/file"), ProgramKind::kUnknown);
  EXPECT_EQ(program_kind_at(AT_FDCWD, "/proc"), ProgramKind::kUnknown);
}

TEST_F(ProgramKindTest, a_damaged_program_is_read_within_its_bounds) {
  const std::string whole = own_file();
  for (const size_t at : {offsetof(Elf64_Ehdr, e_phoff), offsetof(Elf64_Ehdr, e_shoff), offsetof(Elf64_Ehdr, e_phnum),
                          offsetof(Elf64_Ehdr, e_shnum), offsetof(Elf64_Ehdr, e_phentsize)}) {
    for (const int value : {0, 1, 0x7f, 0xff}) kind_of(with_byte(whole, at, value));
  }
  for (size_t bytes = 0; bytes < 2000; bytes += 37) kind_of(whole.substr(0, bytes));
}

}  // namespace
}  // namespace heapreel::hooks
