#include "base/log.h"

#include <filesystem>
#include <thread>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>

#include "base/files.h"
#include "base/random.h"

namespace drydock::log {
namespace {

using ::testing::HasSubstr;

std::string text_of(Format format, List fields) {
    return line(format, "2026-01-02T03:04:05.678Z", Level::info, "it happened", {fields.begin(), fields.size()});
}

TEST(Log, WritesNamedValuesAsText) {
    EXPECT_EQ(
        text_of(Format::text, {{"count", 3}, {"name", "orders"}, {"why", "two words"}, {"ok", true}, {"ratio", 0.5}}),
        R"(2026-01-02T03:04:05.678Z info    it happened count=3 name=orders why="two words" ok=true ratio=0.5)"
    );
}

TEST(Log, CantBeMadeToWriteALineOfSomebodyElse) {
    const std::string forged = "x\n2026-01-02 error \"forged\"\r\x1b[31m\\";
    for (const auto format : {Format::text, Format::json}) {
        const auto written = text_of(format, {{"name", forged}});
        for (const char c : written) EXPECT_GE(static_cast<unsigned char>(c), 0x20U);
    }
    const auto document = boost::json::parse(text_of(Format::json, {{"name", forged}, {"n", -1}}));
    EXPECT_EQ(document.at("name").as_string(), forged);
    EXPECT_EQ(document.at("n").as_int64(), -1);
    EXPECT_EQ(document.at("level").as_string(), "info");
}

// A file that is taken away is written anew after reopen(), and threads lose no line.
TEST(Log, KeepsEveryLineOfManyThreads) {
    const auto file = std::filesystem::temp_directory_path() / ("drydock-log-" + random_hex(8));
    ASSERT_TRUE(configure({.level = Level::info, .file = file}));
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([] {
                for (int n = 0; n < 500; ++n) info("line", {{"n", n}});
            });
        }
    }
    debug("not written");
    failure("broken", Error{.code = ErrorCode::failed, .message = "no", .detail = "why"});
    shutdown();
    const auto text = read_file(file).value();
    EXPECT_EQ(std::ranges::count(text, '\n'), 2001);
    EXPECT_THAT(text, HasSubstr(R"("detail":"why")"));
    EXPECT_THAT(text, ::testing::Not(HasSubstr("not written")));
    std::filesystem::remove(file);
}

TEST(Log, SaysWhenItsFileCantBeWritten) {
    const auto done = configure({.file = "/proc/nowhere/drydock.log"});
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().message, HasSubstr("/proc/nowhere/drydock.log"));
}

}  // namespace
}  // namespace drydock::log
