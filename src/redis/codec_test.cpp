#include "redis/codec.h"

#include <rapidcheck.h>

#include <cmath>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace drydock::redis {
namespace {

using Kind = Value::Kind;
using namespace std::string_literals;

// As a server would write it in RESP3.
std::string encode(const Value& value) {
    const auto bulk = [](char type, const std::string& bytes) {
        return fmt::format("{}{}\r\n", type, bytes.size()) + bytes + "\r\n";
    };
    const auto list = [&](char type, std::size_t count) {
        auto text = fmt::format("{}{}\r\n", type, count);
        for (const auto& item : value.items) text += encode(item);
        return text;
    };
    switch (value.kind) {
        case Kind::null:
            return "_\r\n";
        case Kind::simple:
            return "+" + value.text + "\r\n";
        case Kind::error:
            return bulk('!', value.text);
        case Kind::integer:
            return fmt::format(":{}\r\n", value.integer);
        case Kind::bulk:
            return bulk('$', value.text);
        case Kind::array:
            return list('*', value.items.size());
        case Kind::map:
            return list('%', value.items.size() / 2);
        case Kind::set:
            return list('~', value.items.size());
        case Kind::push:
            return list('>', value.items.size());
        case Kind::boolean:
            return value.truth ? "#t\r\n" : "#f\r\n";
        case Kind::number:
            return fmt::format(",{}\r\n", value.number);
        case Kind::big_number:
            return "(" + value.text + "\r\n";
        case Kind::verbatim:
            return bulk('=', value.format + ":" + value.text);
    }
    return {};
}

bool same(const Value& a, const Value& b) {
    return a.kind == b.kind && a.text == b.text && a.format == b.format && a.integer == b.integer &&
           a.truth == b.truth && (a.number == b.number || (std::isnan(a.number) && std::isnan(b.number))) &&
           std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), same);
}

Value any_value(int depth) {
    const int last = depth > 0 ? 12 : 8;
    Value value{.kind = static_cast<Kind>(*rc::gen::inRange(0, last + 1))};
    // The lists stand in the middle of the kinds.
    constexpr std::array kOrder{
        Kind::null,
        Kind::simple,
        Kind::error,
        Kind::integer,
        Kind::bulk,
        Kind::boolean,
        Kind::number,
        Kind::big_number,
        Kind::verbatim,
        Kind::array,
        Kind::map,
        Kind::set,
        Kind::push
    };
    value.kind = kOrder[static_cast<std::size_t>(value.kind)];
    const auto bytes = rc::gen::container<std::string>(rc::gen::arbitrary<char>());
    if (value.kind == Kind::simple) {
        value.text = *rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '~'));
    } else if (value.kind == Kind::error || value.kind == Kind::bulk || value.kind == Kind::verbatim) {
        value.text = *bytes;
        if (value.kind == Kind::verbatim) value.format = "txt";
    } else if (value.kind == Kind::integer) {
        value.integer = *rc::gen::arbitrary<std::int64_t>();
    } else if (value.kind == Kind::number) {
        value.number = *rc::gen::arbitrary<double>();
    } else if (value.kind == Kind::boolean) {
        value.truth = *rc::gen::arbitrary<bool>();
    } else if (value.kind == Kind::big_number) {
        value.text = std::to_string(*rc::gen::arbitrary<std::int64_t>()) + "0000000000000000";
    } else if (value.kind != Kind::null) {
        auto count = *rc::gen::inRange(0, 4);
        if (value.kind == Kind::map) count *= 2;
        for (int i = 0; i < count; ++i) value.items.push_back(any_value(depth - 1));
    }
    return value;
}

RC_GTEST_PROP(RespProperty, WhatIsWrittenIsReadBackHoweverItIsCut, ()) {
    std::vector<Value> values;
    std::string bytes;
    const auto count = *rc::gen::inRange(1, 4);
    for (int i = 0; i < count; ++i) {
        values.push_back(any_value(3));
        bytes += encode(values.back());
    }
    Parser parser;
    std::vector<Value> read;
    for (std::size_t at = 0; at < bytes.size();) {
        const auto piece = std::min(*rc::gen::inRange<std::size_t>(1, 40), bytes.size() - at);
        parser.feed(std::string_view{bytes}.substr(at, piece));
        at += piece;
        for (;;) {
            auto next = parser.next();
            RC_ASSERT(next.has_value());
            if (!*next) break;
            read.push_back(**std::move(next));
        }
    }
    RC_ASSERT(parser.empty());
    RC_ASSERT(std::equal(values.begin(), values.end(), read.begin(), read.end(), same));
}

Result<std::optional<Value>> read(std::string_view bytes, ParserLimits limits = {}) {
    Parser parser{limits};
    parser.feed(bytes);
    return parser.next();
}

TEST(Resp, ReadsWhatOnlyResp2Has) {
    EXPECT_TRUE((*read("$-1\r\n"))->is_null());
    EXPECT_TRUE((*read("*-1\r\n"))->is_null());
    EXPECT_TRUE((*read("-ERR no\r\n"))->is_error());
    EXPECT_EQ((*read("*0\r\n"))->items.size(), 0U);
    EXPECT_EQ((*read("$0\r\n\r\n"))->text, "");
    EXPECT_EQ((*read("*2\r\n$1\r\nk\r\n:7\r\n"))->find("k")->integer, 7);
}

TEST(Resp, DropsAttributesAndKeepsWhatTheyBelongTo) {
    EXPECT_EQ((*read("|1\r\n+ttl\r\n:3600\r\n*2\r\n|1\r\n+a\r\n+b\r\n:1\r\n:2\r\n"))->items.size(), 2U);
    EXPECT_EQ((*read("|0\r\n:5\r\n"))->integer, 5);
}

TEST(Resp, WaitsForTheRest) {
    for (const char* begun :
         {"", "+", "+OK", "+OK\r", "$5\r\nhell", "$5\r\nhello", "$5\r\nhello\r", "*2\r\n:1\r\n", "%1\r\n:1\r\n"}) {
        const auto next = read(begun);
        ASSERT_TRUE(next.has_value()) << begun;
        EXPECT_FALSE(next->has_value()) << begun;
    }
}

TEST(Resp, RefusesWhatIsNoAnswer) {
    for (const char* bad :
         {"HTTP/1.1 400 Bad Request\r\n",
          "\r\n",
          ":x\r\n",
          ":\r\n",
          ":99999999999999999999\r\n",
          "$-2\r\n",
          "$x\r\n",
          "*-7\r\n",
          "$2\r\nabcd",
          "#x\r\n",
          "_x\r\n",
          ",1.2.3\r\n",
          "(12a\r\n",
          "=2\r\nab\r\n",
          "=5\r\nabcde\r\n",
          "$?\r\n",
          "*?\r\n",
          "%x\r\n"}) {
        EXPECT_FALSE(read(bad).has_value()) << bad;
    }
}

TEST(Resp, KeepsToItsLimitsOnTheServersWordAlone) {
    // None of this has more than a few bytes.
    EXPECT_FALSE(read("$1000000000000\r\n").has_value());
    EXPECT_FALSE(read("*1000000000\r\n").has_value());
    EXPECT_FALSE(read("%9223372036854775807\r\n").has_value());
    std::string nested;
    for (int i = 0; i < 33; ++i) nested += "*1\r\n";
    EXPECT_FALSE(read(nested).has_value());
    EXPECT_TRUE(read(nested.substr(4) + ":1\r\n").has_value());
    EXPECT_FALSE(read("+" + std::string(70'000, 'x')).has_value()) << "a line without an end";
    const ParserLimits small{.depth = 4, .bytes = 2000, .line = 100};
    std::string many = "*10\r\n";
    for (int i = 0; i < 10; ++i) many += "$300\r\n" + std::string(300, 'x') + "\r\n";
    EXPECT_FALSE(read(many, small).has_value()) << "each is small, all are not";
    Parser parser{small};
    for (int i = 0; i < 100; ++i) {
        parser.feed("$300\r\n" + std::string(300, 'x') + "\r\n");
        ASSERT_TRUE(parser.next()->has_value()) << "the limit is for one answer, and not for a connection";
    }
}

TEST(Resp, WritesCommandsWithWhateverBytes) {
    std::string bytes;
    const std::vector<std::string> argv{"SET", "k\r\n", std::string("\0x", 2)};
    encode_command(argv, bytes);
    EXPECT_EQ(bytes, "*3\r\n$3\r\nSET\r\n$3\r\nk\r\n\r\n$2\r\n\0x\r\n"s);
}

TEST(RedisError, TellsWhatTheServersWordsMean) {
    const auto code = [](const char* text) { return to_error({.kind = Kind::error, .text = text}, false).code; };
    EXPECT_EQ(code("WRONGPASS invalid username-password pair or user is disabled."), ErrorCode::unauthenticated);
    EXPECT_EQ(code("NOAUTH Authentication required."), ErrorCode::unauthenticated);
    EXPECT_EQ(code("ERR invalid password"), ErrorCode::unauthenticated);
    EXPECT_EQ(code("NOPERM this user has no permissions to run the 'get' command"), ErrorCode::permission_denied);
    for (const char* away :
         {"LOADING Redis is loading the dataset in memory",
          "MASTERDOWN Link with MASTER is down",
          "CLUSTERDOWN Hash slot not served",
          "READONLY You can't write against a read only replica.",
          "OOM command not allowed when used memory > 'maxmemory'.",
          "ERR max number of clients reached"}) {
        EXPECT_EQ(code(away), ErrorCode::unavailable) << away;
    }
    EXPECT_EQ(code("WRONGTYPE Operation against a key"), ErrorCode::failed);
    EXPECT_EQ(code("ERR syntax error"), ErrorCode::failed);
    EXPECT_EQ(code(""), ErrorCode::failed);
}

TEST(RedisError, RepeatsNoArgumentOfTheCommand) {
    const auto said = [](const char* text, bool secret) {
        const auto error = to_error({.kind = Kind::error, .text = text}, secret);
        return error.message + error.hint + error.detail;
    };
    EXPECT_EQ(
        said("ERR unknown command 'ATUH', with args beginning with: 'hush' ", false).find("hush"), std::string::npos
    );
    EXPECT_EQ(said("ERR Error in ACL SETUSER modifier '>hush': Syntax error", true).find("hush"), std::string::npos);
    EXPECT_EQ(said("hush is what you sent", true).find("hush"), std::string::npos);
    EXPECT_NE(said("ERR syntax error", false).find("syntax error"), std::string::npos);
}

}  // namespace
}  // namespace drydock::redis
