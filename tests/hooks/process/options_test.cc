#include "hooks/process/options.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace heapreel::hooks {
namespace {

using engine::OverloadPolicy;
using engine::TracerOptions;

struct Frames {
  bool ok;
  bool wanted;
  int limit;
  std::string error;
};

Frames frames(const std::string& text) {
  TracerOptions options;
  Frames result = {};
  ErrorText error = {};
  result.ok = parse_frames(text.c_str(), options, result.wanted, error);
  result.limit = options.traceback_limit;
  result.error = error;
  return result;
}

TEST(Frames, AreOffWhenEmptyOrZero) {
  for (const char* text : {"", "0", "+0", " 0", "000"}) {
    EXPECT_TRUE(frames(text).ok) << text;
    EXPECT_FALSE(frames(text).wanted) << text;
  }
}

TEST(Frames, AreTheTracebackLimit) {
  for (const char* text : {"25", "+25", " 25", "\t +25", "025"}) {
    EXPECT_TRUE(frames(text).ok) << text;
    EXPECT_TRUE(frames(text).wanted) << text;
    EXPECT_EQ(frames(text).limit, 25) << text;
  }
  EXPECT_EQ(frames("1").limit, 1);
  EXPECT_EQ(frames("1024").limit, 1024);
}

TEST(Frames, RefuseEverythingElseAndSayWhatIsRight) {
  for (const char* text :
       {"-1", "1025", "65536", "18446744073709551641", "abc", "25x", "25 ", "2.5", "+", " ", "++1", "0x10"}) {
    EXPECT_FALSE(frames(text).ok) << text;
    EXPECT_EQ(frames(text).error,
              std::string("HEAPREEL: invalid number of frames '") + text + "', expected 1 to 1024, or 0 for off");
  }
}

std::string error_of(const std::string& text) {
  TracerOptions options;
  ErrorText error = {};
  EXPECT_FALSE(parse_options(text.c_str(), options, error)) << text;
  return error;
}

TracerOptions parsed(const std::string& text) {
  TracerOptions options;
  ErrorText error = {};
  EXPECT_TRUE(parse_options(text.c_str(), options, error)) << text << ": " << error;
  return options;
}

TEST(Options, SetWhatTheyName) {
  const TracerOptions options = parsed(
      "ring_budget=128M:memory_budget=2G:overload=block:block_deadline_ms=50:frame_every_ms=0:follow_forks=1:"
      "crosscheck_stacks=1:on_breach=abort:map_domain=1:"
      "arena_fd=7");
  EXPECT_EQ(options.ring_budget, 128u << 20);
  EXPECT_EQ(options.memory_budget, 2ull << 30);
  EXPECT_EQ(options.overload, OverloadPolicy::kBlock);
  EXPECT_EQ(options.block_deadline_ms, 50u);
  EXPECT_EQ(options.frame_every_ms, 0u);
  EXPECT_TRUE(options.follow_forks);
  EXPECT_TRUE(options.crosscheck_stacks);
  EXPECT_TRUE(options.map_domain);
  EXPECT_EQ(options.on_breach, engine::OnBreach::kAbort);
  EXPECT_EQ(options.arena_fd, 7);
}

TEST(Options, SkipEmptyPiecesAndLetTheLastOneWin) {
  EXPECT_EQ(parsed("").frame_every_ms, TracerOptions{}.frame_every_ms);
  EXPECT_EQ(parsed("::frame_every_ms=3::frame_every_ms=4:").frame_every_ms, 4u);
}

TEST(Options, TakeBytesWithAndWithoutSuffix) {
  EXPECT_EQ(parsed("ring_budget=1048576").ring_budget, 1u << 20);
  EXPECT_EQ(parsed("ring_budget=1024K").ring_budget, 1u << 20);
  EXPECT_EQ(parsed("memory_budget=1T").memory_budget, 1ull << 40);
}

TEST(Options, NameThePieceThatIsWrong) {
  EXPECT_EQ(error_of("frame_every_ms"), "HEAPREEL_OPTIONS: 'frame_every_ms' is not of the form key=value");
  EXPECT_EQ(error_of("frame_every_ms=1:speed=9"),
            "HEAPREEL_OPTIONS: unknown option 'speed' (see `heapreel help options`)");
  EXPECT_EQ(error_of("overload=maybe"), "HEAPREEL_OPTIONS: overload: invalid value 'maybe', expected stop or block");
  EXPECT_EQ(error_of("on_breach=aborts"),
            "HEAPREEL_OPTIONS: on_breach: invalid value 'aborts', expected log, none, callback, debug or abort");
  EXPECT_EQ(error_of("follow_forks=2"), "HEAPREEL_OPTIONS: follow_forks: invalid value '2', expected 0 or 1");
  EXPECT_EQ(error_of("block_deadline_ms=-1"),
            "HEAPREEL_OPTIONS: block_deadline_ms: invalid value '-1', expected a number from 0 to 600000");
  EXPECT_EQ(error_of("ring_budget=12Q"),
            "HEAPREEL_OPTIONS: ring_budget: invalid value '12Q', expected bytes from 1048576 to 1099511627776, or "
            "with a suffix K, M, G, T");
}

TEST(Options, RefuseValuesThatOverflow) {
  EXPECT_NE(error_of("ring_budget=99999999999999999999"), "");
  EXPECT_NE(error_of("ring_budget=18446744073843769344"), "");  // 128 MiB, were the highest bit to be lost
  EXPECT_NE(error_of("ring_budget=18446744073709551615T"), "");
  EXPECT_NE(error_of("ring_budget=M"), "");
  EXPECT_NE(error_of("ring_budget="), "");
}

TEST(Options, KeepTheErrorWithinItsBuffer) {
  const std::string text = error_of(std::string(5000, 'x') + "=" + std::string(5000, 'y'));
  EXPECT_LT(text.size(), kErrorTextBytes);
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

TEST(OptionTable, HasDistinctNamesAndDefaultsInRange) {
  std::set<std::string> names;
  for (const Option& option : option_table()) {
    EXPECT_TRUE(names.insert(option.name).second) << option.name;
    EXPECT_GT(std::string(option.help).size(), 10u) << option.name;
    if (std::string(option.name) == "arena_fd") continue;  // its default, -1, cannot be asked for
    EXPECT_GE(option.load(TracerOptions{}), option.min) << option.name;
    EXPECT_LE(option.load(TracerOptions{}), option.max) << option.name;
  }
}

TEST(Options, AskToListenByTheLastOfTheirValues) {
  for (const char* text :
       {"listen=1", "ring_budget=8M:listen=1", "listen=0:listen=1", ":listen=1:", "listen=1:overload=stop"}) {
    EXPECT_TRUE(listens(text)) << text;
  }
  for (const char* text : {"", "listen=0", "listen=1:listen=0", "ring_budget=8M"}) {
    EXPECT_FALSE(listens(text)) << text;
  }
  EXPECT_NE(error_of("listen=2"), "");
}

TEST(OptionTable, LoadsWhatItStored) {
  for (const Option& option : option_table()) {
    if (std::string(option.name) == "listen") continue;  // the tracer does not know it: see listens()
    TracerOptions options;
    option.store(options, option.max);
    EXPECT_EQ(option.load(options), option.max) << option.name;
  }
}

}  // namespace
}  // namespace heapreel::hooks
