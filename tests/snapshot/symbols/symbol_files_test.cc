#include "snapshot/symbols/symbol_files.h"

#include "tests/snapshot/symbol_fixture.h"

namespace heapreel {
namespace {

TEST(SymbolFiles, AnIdentityChangesWithTheFile) {
  TemporaryDirectory directory;
  const auto path = directory / "game";
  std::filesystem::copy(fixture_path("dwarf5"), path);
  const ModuleImage module = fixture_module(path);
  const auto find = [&] { return find_symbol_files(module, SymbolizerOptions{}, [](const auto&) {}); };
  const std::string before = find().identity();
  EXPECT_NE(before, "");
  EXPECT_EQ(find().identity(), before);
  std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  EXPECT_NE(find().identity(), before);
}

TEST(SymbolFiles, ADebugFileFiledUnderAnotherBuildIsTurnedDown) {
  TemporaryDirectory directory;
  const ModuleImage stripped_of = fixture_module(fixture_path("symbols"));
  const std::string hex = to_hex(stripped_of.build_id);
  std::filesystem::create_directories(directory / (".build-id/" + hex.substr(0, 2)));
  std::filesystem::copy(fixture_path("dwarf5"),
                        directory / (".build-id/" + hex.substr(0, 2) + "/" + hex.substr(2) + ".debug"));
  SymbolizerOptions options;
  options.debug_directories = {directory.string()};
  std::vector<std::string> warnings;
  const SymbolFiles files =
      find_symbol_files(stripped_of, options, [&](const std::string& warning) { warnings.push_back(warning); });
  EXPECT_NE(files.image, nullptr);
  EXPECT_EQ(files.debug, nullptr);
  EXPECT_EQ(warnings.size(), 1u);
}

}  // namespace
}  // namespace heapreel
