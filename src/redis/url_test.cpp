#include "redis/url.h"

#include <gtest/gtest.h>

namespace drydock::redis {
namespace {

TEST(RedisUrl, ReadsItsParts) {
    const auto all = parse_url("redis://app%40x:p%3Aw%2F%25@db.example:6380/5");
    ASSERT_TRUE(all.has_value());
    EXPECT_EQ(all->host, "db.example");
    EXPECT_EQ(all->port, 6380);
    EXPECT_EQ(all->user, "app@x");
    EXPECT_EQ(all->password.reveal(), "p:w/%");
    EXPECT_EQ(all->database, 5);
    EXPECT_FALSE(all->tls.has_value());
    const auto least = parse_url("redis://localhost");
    ASSERT_TRUE(least.has_value());
    EXPECT_EQ(least->port, 6379);
    EXPECT_TRUE(least->password.empty());
    EXPECT_EQ(parse_url("redis://:only@h/")->password.reveal(), "only");
    EXPECT_TRUE(parse_url("REDISS://h")->tls.has_value());
    EXPECT_EQ(parse_url("redis://[2001:db8::1]:7000/1")->host, "2001:db8::1");
    const auto socket = parse_url("unix:///run/redis.sock?db=2");
    ASSERT_TRUE(socket.has_value());
    EXPECT_EQ(socket->host, "/run/redis.sock");
    EXPECT_EQ(socket->database, 2);
    EXPECT_EQ(parse_url("redis://u:p@ss@h")->password.reveal(), "p@ss");
}

TEST(RedisUrl, RefusesTheRestAndRepeatsNothingOfIt) {
    for (const char* bad :
         {"",
          "localhost:6379",
          "http://h",
          "redis://",
          "redis://:hush@",
          "redis://u:hush%4@h",
          "redis://h:hush",
          "redis://h:0",
          "redis://h:70000",
          "redis://h/hush",
          "redis://h/-1",
          "redis://[::1",
          "unix://hush.sock"}) {
        const auto options = parse_url(bad);
        ASSERT_FALSE(options.has_value()) << bad;
        EXPECT_EQ(options.error().code, ErrorCode::invalid_argument);
        EXPECT_EQ((options.error().message + options.error().detail).find("hush"), std::string::npos) << bad;
    }
}

}  // namespace
}  // namespace drydock::redis
