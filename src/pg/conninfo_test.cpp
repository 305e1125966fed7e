#include "pg/conninfo.h"

#include <random>

#include <gtest/gtest.h>

namespace drydock::pg {
namespace {

Conninfo parsed(std::string_view text) {
    auto info = Conninfo::parse(text);
    if (!info) {
        ADD_FAILURE() << text << ": " << info.error().message;
        return {};
    }
    return *std::move(info);
}

TEST(Conninfo, takes_both_schemes_and_keywords) {
    for (const auto* text :
         {"postgres://u:s%40c@db.example:6432/shop?sslmode=require",
          "postgresql://u:s%40c@db.example:6432/shop?sslmode=require",
          "host=db.example port=6432 user=u password='s@c' dbname=shop sslmode=require"}) {
        const auto info = parsed(text);
        EXPECT_EQ(info.get("host"), "db.example");
        EXPECT_EQ(info.get("port"), "6432");
        EXPECT_EQ(info.get("user"), "u");
        EXPECT_EQ(info.get("password"), "s@c");
        EXPECT_EQ(info.get("dbname"), "shop");
        EXPECT_EQ(info.get("sslmode"), "require");
        EXPECT_EQ(info.get("sslrootcert"), "");
        EXPECT_EQ(info.pairs().size(), 6U);
    }
}

TEST(Conninfo, display_leaves_the_password_out) {
    struct Case {
        const char* text;
        const char* display;
    };
    for (const auto& [text, display] : std::initializer_list<Case>{
             {"postgres://u:secret@h:1/d?sslmode=require&sslpassword=secret", "postgresql://u@h:1/d"},
             {"postgres://u:secret@a:1,b:2/d", "postgresql://u@a:1,b:2/d"},
             {"host=a,b port=5432 dbname=d password=secret", "postgresql://a:5432,b:5432/d"},
             {"host=/run/pg port=5433 user=u dbname=d", "postgresql://u@/d?host=/run/pg&port=5433"},
             {"host=/run/pg,b port=1,2 dbname=d", "postgresql:///d?host=/run/pg,b&port=1,2"},
             {"postgres://[::1]:5/d", "postgresql://[::1]:5/d"},
             {"hostaddr=127.0.0.1 dbname=d", "postgresql:///d?hostaddr=127.0.0.1"},
             {"service=prod", "postgresql:///?service=prod"},
             {"user=u password=secret", "postgresql://u@/"}
         }) {
        EXPECT_EQ(parsed(text).display(), display) << text;
    }
}

TEST(Conninfo, url_round_trips_whatever_the_values_hold) {
    std::mt19937 random{20230906};  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same cases each time
    const auto text = [&](std::size_t longest) {
        static constexpr std::string_view kCharacters = "ab0 '\\\"/?#@:&=%+;\t~-._\xC3\xA4[]{}";
        std::string result(1 + random() % longest, ' ');
        for (auto& c : result) c = kCharacters[random() % kCharacters.size()];
        return result;
    };
    for (int i = 0; i < 500; ++i) {
        Conninfo info;
        if (random() % 2) info.set("user", text(6));
        if (random() % 2) info.set("password", text(12));
        if (random() % 2) info.set("dbname", text(6));
        if (random() % 2) info.set("application_name", text(8));
        if (random() % 2) info.set("options", text(8));
        switch (random() % 4) {
            case 0:
                info.set("host", "a.example,b").set("port", "1,2");
                break;
            case 1:
                info.set("host", "/tmp/a b").set("port", "7");
                break;
            case 2:
                info.set("host", "::1").set("port", "7");
                break;
            default:
                break;
        }
        const auto again = parsed(info.url());
        for (const auto& [keyword, value] : info.pairs()) EXPECT_EQ(again.get(keyword), value) << info.url();
        EXPECT_EQ(again.pairs().size(), info.pairs().size()) << info.url();
    }
}

TEST(Conninfo, a_value_can_not_become_a_keyword) {
    const auto info = Conninfo{}.set("dbname", "x host=evil").set("user", "u' password='p");
    const auto again = parsed(info.url());
    EXPECT_EQ(again.get("dbname"), "x host=evil");
    EXPECT_EQ(again.get("user"), "u' password='p");
    EXPECT_EQ(again.get("host"), "");
}

TEST(Conninfo, says_what_is_wrong_without_showing_a_password) {
    for (const auto* text :
         {"password=my hunter2", "postgres://u:%zzhunter2@h/d", "postgres://u:hunter2%00@h/d", "'hunter2", "hunter2"}) {
        const auto info = Conninfo::parse(text);
        ASSERT_FALSE(info) << text;
        EXPECT_EQ(info.error().code, ErrorCode::invalid_argument);
        EXPECT_EQ(info.error().message.find("hunter2"), std::string::npos) << info.error().message;
        EXPECT_GT(info.error().message.size(), std::string_view{"the connection text can't be read: "}.size());
        EXPECT_NE(info.error().hint.find("postgresql://"), std::string::npos);
    }
}

TEST(Conninfo, names_an_unknown_keyword) {
    const auto keyword = Conninfo::parse("hots=x");
    ASSERT_FALSE(keyword);
    EXPECT_NE(keyword.error().message.find("\"hots\""), std::string::npos) << keyword.error().message;
    const auto parameter = Conninfo::parse("postgres://h/d?sslmod=require");
    ASSERT_FALSE(parameter);
    EXPECT_NE(parameter.error().message.find("\"sslmod\""), std::string::npos) << parameter.error().message;
}

TEST(Conninfo, refuses_an_empty_text_and_a_zero_byte) {
    EXPECT_FALSE(Conninfo::parse(""));
    EXPECT_FALSE(Conninfo::parse(" \n"));
    EXPECT_FALSE(Conninfo::parse(std::string_view{"host=a\0b", 8}));
}

TEST(Conninfo, an_empty_value_takes_the_keyword_away) {
    auto info = parsed("host=a port=1");
    info.set("port", "").set("host", "b");
    EXPECT_EQ(info.pairs(), (std::vector<std::pair<std::string, std::string>>{{"host", "b"}}));
}

}  // namespace
}  // namespace drydock::pg
