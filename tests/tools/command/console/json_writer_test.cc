#include "tools/command/console/json_writer.h"

#include <gtest/gtest.h>

namespace heapreel::tools {
namespace {

std::string text_value(std::string_view text) {
  return JsonWriter().value(text).take();
}

TEST(JsonWriter, PutsCommasBetweenMembersAndElements) {
  JsonWriter json;
  json.begin_object().member("a", uint64_t{1}).key("b").begin_array().value(true).value(false).end_array();
  json.key("c").begin_object().end_object().end_object();
  EXPECT_EQ(json.take(), "{\"a\":1,\"b\":[true,false],\"c\":{}}\n");
}

TEST(JsonWriter, WritesNumbersWhole) {
  JsonWriter json;
  json.begin_array().value(UINT64_MAX).value(INT64_MIN).value(uint32_t{7}).end_array();
  EXPECT_EQ(json.take(), "[18446744073709551615,-9223372036854775808,7]\n");
}

TEST(JsonWriter, EscapesQuotesBackslashesAndControlCharacters) {
  EXPECT_EQ(text_value("a\"b\\c"), "\"a\\\"b\\\\c\"\n");
  EXPECT_EQ(text_value(std::string_view("\0\n\x1f\x7f", 4)), "\"\\u0000\\u000a\\u001f\\u007f\"\n");
}

TEST(JsonWriter, KeepsCharactersOfUtf8) {
  EXPECT_EQ(text_value("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"\n");
  EXPECT_EQ(text_value("\xf4\x8f\xbf\xbf"), "\"\xf4\x8f\xbf\xbf\"\n");  // the last code point
}

TEST(JsonWriter, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(text_value("\xc2\x9b"
                       "1m\xe2\x80\xae"),
            "\"\\u009b1m\\u202e\"\n");                                // CSI; from right to left
  EXPECT_EQ(text_value("\xf3\xa0\x80\x81"), "\"\\udb40\\udc01\"\n");  // an invisible tag, U+E0001
}

TEST(JsonWriter, WritesWhatIsNotKnownAsNull) {
  JsonWriter json;
  json.begin_array().null().value(true).null().end_array();
  EXPECT_EQ(json.take(), "[null,true,null]\n");
}

TEST(JsonWriter, ReplacesBytesThatAreNotUtf8) {
  const std::string replaced = "\xef\xbf\xbd";
  EXPECT_EQ(text_value("a\xff"), "\"a" + replaced + "\"\n");
  EXPECT_EQ(text_value("\xc3"), "\"" + replaced + "\"\n");                                // cut off
  EXPECT_EQ(text_value("\xc0\x80"), "\"" + replaced + replaced + "\"\n");                 // overlong
  EXPECT_EQ(text_value("\xe0\x80\x80"), "\"" + replaced + replaced + replaced + "\"\n");  // overlong
  EXPECT_EQ(text_value("\xed\xa0\x80"), "\"" + replaced + replaced + replaced + "\"\n");  // a surrogate
  EXPECT_EQ(text_value("\xf4\x90\x80\x80").size(), 2 + 4 * replaced.size() + 1);          // beyond the last
}

}  // namespace
}  // namespace heapreel::tools
