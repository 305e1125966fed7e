#include "base/text.h"

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace drydock {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// UTF-8 as RFC 3629 defines it, the other way round: what a code point is written as.
std::string encode(std::uint32_t point) {
    const auto byte = [](std::uint32_t bits) { return static_cast<char>(static_cast<unsigned char>(bits)); };
    if (point < 0x80) return {byte(point)};
    if (point < 0x800) return {byte(0xC0 | point >> 6U), byte(0x80 | (point & 0x3FU))};
    if (point < 0x10000) {
        return {byte(0xE0 | point >> 12U), byte(0x80 | (point >> 6U & 0x3FU)), byte(0x80 | (point & 0x3FU))};
    }
    return {
        byte(0xF0 | point >> 18U),
        byte(0x80 | (point >> 12U & 0x3FU)),
        byte(0x80 | (point >> 6U & 0x3FU)),
        byte(0x80 | (point & 0x3FU))
    };
}

bool is_surrogate(std::uint32_t point) {
    return point >= 0xD800 && point <= 0xDFFF;
}

TEST(Utf8, EveryCodePointIsValidAndNoSurrogateIs) {
    for (std::uint32_t point = 0; point <= 0x10FFFF; ++point) {
        const auto found = first_invalid_utf8(encode(point));
        if (is_surrogate(point) ? found == std::optional<std::size_t>{0} : !found) continue;
        FAIL() << "code point " << point;
    }
    EXPECT_EQ(first_invalid_utf8(encode(0x110000)), 0U);
}

TEST(Utf8, OfAllTwoAndThreeByteTextsOnlyTheEncodingsAreValid) {
    std::vector<bool> two(0x10000, false);
    for (std::uint32_t point = 0x80; point < 0x800; ++point) {
        const auto text = encode(point);
        two[static_cast<std::size_t>(static_cast<unsigned char>(text[0])) << 8U | static_cast<unsigned char>(text[1])] =
            true;
    }
    std::size_t wrong = 0;
    for (std::uint32_t bits = 0x8000; bits < 0x10000; ++bits) {  // the first byte is no ASCII
        const std::string text{static_cast<char>(bits >> 8U), static_cast<char>(bits & 0xFFU)};
        if (first_invalid_utf8(text).has_value() == two[bits]) ++wrong;
        // A three-byte character cut short.
        if (!first_invalid_utf8(text + "\n") && !two[bits]) ++wrong;
    }
    EXPECT_EQ(wrong, 0U);
}

TEST(Utf8, NamesTheFirstBadByteAndRefusesOverlongForms) {
    EXPECT_EQ(first_invalid_utf8("caf\xC3\xA9 \xE2\x82\xAC"), std::nullopt);
    EXPECT_EQ(first_invalid_utf8("caf\xE9 au lait"), 3U);
    EXPECT_EQ(first_invalid_utf8("a\xC3"), 1U) << "cut in the middle of a character";
    for (const std::string_view overlong : {"\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF"}) {
        EXPECT_EQ(first_invalid_utf8(overlong), 0U);
    }
    EXPECT_EQ(first_invalid_utf8("\xF5\x80\x80\x80"), 0U);
    EXPECT_EQ(first_invalid_utf8("\x80"), 0U);
}

TEST(Durations, AreReadAsPostgresReadsThem) {
    EXPECT_EQ(parse_duration("500ms"), milliseconds{500});
    EXPECT_EQ(parse_duration("3s"), milliseconds{3'000});
    EXPECT_EQ(parse_duration(" 1.5 min "), milliseconds{90'000});
    EXPECT_EQ(parse_duration("1h"), milliseconds{3'600'000});
    EXPECT_EQ(parse_duration("2d"), milliseconds{172'800'000});
    EXPECT_EQ(parse_duration("250"), milliseconds{250});
    EXPECT_EQ(parse_duration("0"), milliseconds{0});
    for (const std::string_view bad : {"", " ", "s", "-1s", "1 year", "3s 4ms", "1e13", "0x10", "inf", "+3s"}) {
        EXPECT_EQ(parse_duration(bad), std::nullopt) << bad;
    }
}

TEST(Durations, AreShownInTheUnitThatAPersonWouldChoose) {
    EXPECT_EQ(human_duration(std::chrono::microseconds{20}), "<1 ms");
    EXPECT_EQ(human_duration(milliseconds{3}), "3 ms");
    EXPECT_EQ(human_duration(milliseconds{1'234}), "1.2 s");
    EXPECT_EQ(human_duration(seconds{245}), "4 min 05 s");
    EXPECT_EQ(human_duration(seconds{3'600 * 26 + 61}), "26 h 01 min");
}

TEST(Figures, BytesAndCountsAreGrouped) {
    EXPECT_EQ(human_bytes(512), "512 B");
    EXPECT_EQ(human_bytes(4'096), "4.0 KiB");
    EXPECT_EQ(human_bytes(1'288'490'189), "1.2 GiB");
    EXPECT_EQ(human_count(0), "0");
    EXPECT_EQ(human_count(999), "999");
    EXPECT_EQ(human_count(1'234'567), "1,234,567");
    EXPECT_EQ(human_count(-123'456), "-123,456");
    EXPECT_EQ(human_count(INT64_MIN), "-9,223,372,036,854,775,808");
}

TEST(Figures, BytesAreReadAsPostgreSqlWritesThem) {
    EXPECT_EQ(parse_bytes("0"), 0);
    EXPECT_EQ(parse_bytes("8192"), 8192);
    EXPECT_EQ(parse_bytes("512kB"), 512 * 1024);
    EXPECT_EQ(parse_bytes(" 20 MB "), 20 * 1024 * 1024);
    EXPECT_EQ(parse_bytes("1.5GiB"), 1'610'612'736);
    EXPECT_EQ(parse_bytes("2TB"), 2'199'023'255'552);
    for (const std::string_view bad : {"", "GB", "-1GB", "1 parsec", "1e16", "9e14TB", "1GB 2MB"}) {
        EXPECT_EQ(parse_bytes(bad), std::nullopt) << bad;
    }
}

TEST(DidYouMean, FindsTheNearestAndNothingWhenAllAreFar) {
    const std::vector<std::string> candidates{"status", "rollback", "release", "repair"};
    EXPECT_EQ(did_you_mean("stauts", candidates), "status");
    EXPECT_EQ(did_you_mean("ROLBACK", candidates), "rollback");
    EXPECT_EQ(did_you_mean("relaese", candidates), "release");
    EXPECT_EQ(did_you_mean("rep", candidates), std::nullopt);
    EXPECT_EQ(did_you_mean("explain", candidates), std::nullopt);
    EXPECT_EQ(did_you_mean("status", {}), std::nullopt);
    EXPECT_EQ(did_you_mean("upp", std::vector<std::string>{"down", "up"}), "up");
}

TEST(Text, IsTrimmedSplitAndCompared) {
    EXPECT_EQ(trim(" \t a b \r\n"), "a b");
    EXPECT_EQ(trim(" \n"), "");
    EXPECT_EQ(split("a,,b,", ','), (std::vector<std::string_view>{"a", "", "b", ""}));
    EXPECT_EQ(split("", ','), (std::vector<std::string_view>{""}));
    EXPECT_EQ(to_lower("ÄBC z"), "Äbc z") << "ASCII only";
    EXPECT_TRUE(iequals("Begin", "bEGIN"));
    EXPECT_FALSE(iequals("begin", "begins"));
}

}  // namespace
}  // namespace drydock
