// Damaged files cost names, never the process.
#include <random>

#include "snapshot/symbols/symbolizer.h"
#include "tests/snapshot/symbol_fixture.h"

namespace heapreel {
namespace {

class SymbolizerHostile : public testing::TestWithParam<const char*> {
 protected:
  // Resolves the addresses of the fixture, and some around them, in a file of these bytes.
  void resolve(const std::string& bytes) {
    const auto path = directory_ / "damaged";
    write_bytes(path, bytes);
    ModuleImage module = fixture_module(path, fixture_path(GetParam()));
    if (!check_build_id_) module.build_id.clear();
    SymbolizerOptions options;
    options.debug_directories.clear();
    Symbolizer symbolizer(options);
    const auto resolved = symbolizer.resolve(module, addresses_);
    ASSERT_EQ(resolved.size(), addresses_.size());
    for (const SourceFrames& frames : resolved) {
      ASSERT_FALSE(frames.empty());
      if (frames[0].lineno == 0 && frames[0].function.empty()) unnamed_++;
    }
    warnings_ += symbolizer.warnings().size();
  }

  std::vector<uint64_t> some_addresses() {
    std::vector<uint64_t> addresses;
    for (const auto& [name, address] : fixture_addresses(GetParam())) {
      for (uint64_t near = 0; near < 64; near += 4) addresses.push_back(address + near);
    }
    return addresses;
  }

  std::string bytes_ = read_bytes(fixture_path(GetParam()));
  std::vector<uint64_t> addresses_ = some_addresses();
  TemporaryDirectory directory_;
  bool check_build_id_ = true;
  size_t unnamed_ = 0;
  size_t warnings_ = 0;
};
INSTANTIATE_TEST_SUITE_P(All, SymbolizerHostile, testing::Values("dwarf4", "dwarf5", "compressed", "split4", "split5"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(SymbolizerHostile, TruncatedFilesFallBackWithAWarning) {
  std::mt19937 random(1);
  for (int i = 0; i < 150; i++) {
    warnings_ = 0;
    resolve(bytes_.substr(0, random() % bytes_.size()));
    EXPECT_GT(warnings_, 0u);
  }
  EXPECT_GT(unnamed_, 0u);
}

TEST_P(SymbolizerHostile, FlippedBitsNeverCrash) {
  check_build_id_ = false;
  std::mt19937 random(2);
  for (int i = 0; i < 400; i++) {
    std::string damaged = bytes_;
    for (int flips = 1 << random() % 8; flips > 0; flips--) {
      damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
    }
    resolve(damaged);
  }
}

TEST_P(SymbolizerHostile, OverwrittenStretchesNeverCrash) {
  check_build_id_ = false;
  std::mt19937 random(3);
  for (int i = 0; i < 200; i++) {
    std::string damaged = bytes_;
    const size_t from = random() % damaged.size();
    const size_t length = std::min<size_t>(random() % 512, damaged.size() - from);
    for (size_t k = 0; k < length; k++) damaged[from + k] = static_cast<char>(i % 2 == 0 ? random() : 0xff);
    resolve(damaged);
  }
}

}  // namespace
}  // namespace heapreel
