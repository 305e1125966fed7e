#include "http/schema.h"

#include <algorithm>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drydock::http {
namespace {

namespace json = boost::json;
using enum FieldClass;
using enum Presence;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// "pointer: message" of each, for short expectations.
std::vector<std::string> said(const std::vector<Violation>& wrong) {
    std::vector<std::string> out;
    for (const auto& [pointer, message] : wrong) out.push_back(pointer + ": " + message);
    return out;
}

Schema database() {
    return object(
        "Database",
        "A registered database.",
        {
            {"id", text(plain).uuid().id_of("database"), output},
            {"name", text(plain).length(1, 10).matches(kSlug), required},
            {"project_id", text(plain).uuid().id_of("project")},
            {"password", text(secret).length(1, 100)},
            {"kind", text(plain).one_of({"postgresql", "redis"}).fallback("postgresql")},
            {"port", integer().range(1, 65535).fallback(5432)},
            {"weight", number()},
            {"ssl", boolean()},
            {"owner", object("Owner", "", {{"email", text(personal).email(), required}})},
            {"tags", list(text(plain).length(1, 5)).items(0, 3).unique()},
            {"labels", map(text(plain)).items(0, 2)},
            {"config", any(bulk)},
            {"note", text(bulk).nullable()},
        }
    );
}

std::vector<std::string> refused(std::string_view body) {
    std::vector<Violation> wrong;
    const auto value = read_body(database(), body, wrong);
    EXPECT_EQ(value.has_value(), wrong.empty());
    return said(wrong);
}

TEST(Schema, takes_what_is_declared_and_fills_in_what_is_left_out) {
    std::vector<Violation> wrong;
    const auto value = read_body(database(), R"({"name":"orders","note":null,"config":[1,{"a":null}]})", wrong);
    ASSERT_TRUE(value) << said(wrong)[0];
    EXPECT_EQ(value->at("port").as_int64(), 5432);
    EXPECT_EQ(value->at("kind").as_string(), "postgresql");
    EXPECT_FALSE(value->as_object().contains("weight"));
}

TEST(Schema, tells_all_that_is_wrong_with_its_place) {
    EXPECT_THAT(
        refused(R"({"id":"x","prot":1,"port":0,"ssl":"yes","owner":{"email":"no"},"tags":["a","toolong","a"],
                    "labels":{"a~/b":1},"kind":"mysql","note":5,"weight":"1","project_id":"p"})"),
        ::testing::UnorderedElementsAre(
            "/id: is set by the server and can't be given",
            "/prot: is not known; did you mean \"port\"?",
            "/port: must be from 1 to 65535",
            "/ssl: must be true or false",
            "/owner/email: must be an e-mail address",
            "/tags/1: must have 1 to 5 characters",
            "/tags: must not have the same item twice",
            "/labels/a~0~1b: must be a string",
            "/kind: must be one of: postgresql, redis",
            "/note: must be a string",
            "/weight: must be a number",
            "/project_id: must be a UUID",
            "/name: is required"
        )
    );
}

TEST(Schema, refuses_whole_numbers_that_are_none) {
    EXPECT_THAT(refused(R"({"name":"a","port":1.5})"), ElementsAre("/port: must be a whole number"));
    EXPECT_THAT(refused(R"({"name":"a","port":99999999999999999999})"), ElementsAre("/port: must be a whole number"));
    EXPECT_THAT(refused(R"({"name":"a","port":9223372036854775808})"), ElementsAre("/port: is out of range"));
    EXPECT_THAT(refused(R"({"name":"a","port":null})"), ElementsAre("/port: must not be null"));
}

TEST(Schema, counts_characters_and_not_bytes) {
    const auto five = object("T", "", {{"a", text(plain).length(0, 5)}});
    std::vector<Violation> wrong;
    EXPECT_TRUE(read_body(five, R"({"a":"äöüßé"})", wrong));
    EXPECT_FALSE(read_body(five, R"({"a":"äöüßéx"})", wrong));
}

TEST(Schema, refuses_json_that_can_be_read_in_two_ways) {
    EXPECT_THAT(refused(R"({"name":"a","name":"b"})"), ElementsAre("/name: stands there twice"));
    EXPECT_THAT(refused(R"({"name":"a","na\u006de":"b"})"), ElementsAre("/name: stands there twice"));
    EXPECT_THAT(
        refused(R"({"name":"a","config":[0,{"x/y":{"k":1,"l":2,"k":3}}]})"),
        ElementsAre("/config/1/x~1y/k: stands there twice")
    );
    // The same key in two objects is no such thing.
    EXPECT_THAT(refused(R"({"name":"a","config":[{"k":1},{"k":2},{"k":{"k":3}}]})"), IsEmpty());
    EXPECT_THAT(refused(R"({"name":"a"} {})"), ElementsAre(HasSubstr("goes on after the end")));
    EXPECT_THAT(refused("{\"name\":\"\xff\"}"), ElementsAre(HasSubstr("is not valid JSON")));
    EXPECT_THAT(refused(R"({"name":"\ud800"})"), ElementsAre(HasSubstr("is not valid JSON")));
    EXPECT_THAT(refused(R"({"name":"a",})"), ElementsAre(HasSubstr("is not valid JSON")));
    EXPECT_THAT(refused(R"({"name":"a")"), ElementsAre(HasSubstr("is not valid JSON")));
    EXPECT_THAT(refused("  "), ElementsAre(": must be JSON, and is empty"));
    EXPECT_THAT(refused("[]"), ElementsAre(": must be an object"));
}

TEST(Schema, refuses_what_nests_too_deep) {
    const auto nested = [](std::size_t depth) {
        return R"({"name":"a","config":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
    };
    EXPECT_THAT(refused(nested(31)), IsEmpty());
    EXPECT_THAT(refused(nested(32)), ElementsAre(": nests deeper than 32 levels"));
    EXPECT_THAT(refused(nested(200'000)), ElementsAre(": nests deeper than 32 levels"));
}

TEST(Schema, refuses_the_character_that_postgresql_cannot_keep) {
    EXPECT_THAT(refused(R"({"name":"a\u0000b"})"), ElementsAre("/name: must not hold the character U+0000"));
    EXPECT_THAT(refused(R"({"name":"a","config":{"x":["\u0000"]}})"), ElementsAre(HasSubstr("U+0000")));
    EXPECT_THAT(refused(R"({"name":"a","labels":{"\u0000":"b"}})"), ElementsAre(HasSubstr("U+0000")));
}

TEST(Schema, stops_telling_at_a_hundred) {
    std::string body = "{";
    for (int i = 0; i < 1000; ++i) body += "\"zzzzz" + std::to_string(i) + "\":1,";
    body += "\"name\":\"a\"}";
    EXPECT_EQ(refused(body).size(), 100);
}

TEST(Schema, knows_its_formats) {
    const auto good = [](const Schema& schema, std::string_view value) {
        return violations(schema, json::value(value), Direction::request).empty();
    };
    const auto any_text = text(plain);
    EXPECT_TRUE(good(any_text.date_time(), "2026-02-28T23:59:60Z"));
    EXPECT_TRUE(good(any_text.date_time(), "2024-02-29T00:00:00.123456+05:30"));
    for (const auto* bad :
         {"2026-02-29T00:00:00Z",
          "2026-01-01T00:00:00",
          "2026-01-01 00:00:00Z",
          "2026-01-01T24:00:00Z",
          "2026-01-01T00:00:00.Z",
          "2026-01-01T00:00:00+5:30",
          "2026-01-01",
          "",
          "2026-1-01T00:00:00Z",
          "2026-01-01T00:00:00Zx"})
        EXPECT_FALSE(good(any_text.date_time(), bad)) << bad;
    EXPECT_TRUE(good(any_text.date(), "2024-02-29"));
    EXPECT_FALSE(good(any_text.date(), "2023-02-29"));
    EXPECT_TRUE(good(any_text.email(), "a.b+c@example.org"));
    for (const auto* bad :
         {"a", "@example.org", "a@b", "a b@example.org", "a@b@example.org", "a@example.org\r\nBcc: x", "a@-x.org"})
        EXPECT_FALSE(good(any_text.email(), bad)) << bad;
    EXPECT_TRUE(good(any_text.uri(), "https://example.org/a?b=c#d"));
    for (const auto* bad : {"example.org", "://x", "https://", "1ab://x", "https://a b", "java\nscript://x"})
        EXPECT_FALSE(good(any_text.uri(), bad)) << bad;
    EXPECT_TRUE(good(any_text.uuid(), "0191E4A0-7f5b-7cc1-8000-0123456789ab"));
    EXPECT_FALSE(good(any_text.uuid(), "0191e4a0-7f5b-7cc1-8000-0123456789ag"));
    EXPECT_FALSE(good(any_text.uuid(), "0191e4a07f5b7cc180000123456789ab"));
    for (const auto* slug : {"a", "a-b", "a1-2"}) EXPECT_TRUE(is_slug(slug)) << slug;
    for (const auto* bad : {"", "-a", "a-", "a--b", "A", "1a", "a_b", "a/b"}) EXPECT_FALSE(is_slug(bad)) << bad;
    for (const auto* host : {"db.example.org", "10.0.0.1", "::1", "a_b.local"})
        EXPECT_TRUE(kHostName.matches(host)) << host;
    for (const auto* bad : {"", "a..b", "-a", "a b", "a/b", "h:g"}) EXPECT_FALSE(kHostName.matches(bad)) << bad;
}

TEST(Schema, an_answer_has_what_is_declared_and_no_secret) {
    const auto answer = [](std::string_view text) {
        return said(violations(database(), json::parse(text), Direction::answer));
    };
    const std::string id = R"("id":"0191e4a0-7f5b-7cc1-8000-0123456789ab","name":"a")";
    EXPECT_THAT(answer("{" + id + "}"), IsEmpty());
    EXPECT_THAT(answer(R"({"name":"a"})"), ElementsAre("/id: is required"));
    EXPECT_THAT(answer("{" + id + R"(,"dsn":"x"})"), ElementsAre("/dsn: is not known"));
    EXPECT_THAT(
        answer("{" + id + R"(,"password":"x"})"), ElementsAre("/password: is a secret, which no answer may hold")
    );
}

TEST(Schema, a_partial_one_demands_and_fills_in_nothing) {
    const auto patch = database().partial("DatabasePatch");
    std::vector<Violation> wrong;
    const auto value = read_body(patch, "{}", wrong);
    ASSERT_TRUE(value);
    EXPECT_TRUE(value->as_object().empty());
    EXPECT_FALSE(read_body(patch, R"({"id":"0191e4a0-7f5b-7cc1-8000-0123456789ab"})", wrong));
    EXPECT_FALSE(read_body(patch, R"({"port":0})", wrong));
}

TEST(Schema, finds_the_ids_of_objects_wherever_they_stand) {
    const auto schema = object(
        "Move",
        "",
        {
            {"project_id", text(plain).uuid().id_of("project")},
            {"databases", list(text(plain).uuid().id_of("database"))},
            {"trace", text(plain).uuid().not_an_object()},
        }
    );
    const std::string id = "0191e4a0-7f5b-7cc1-8000-0123456789ab";
    std::vector<ObjectId> ids;
    collect_ids(schema, json::value{{"project_id", id}, {"databases", {id, id}}, {"trace", id}}, ids);
    ASSERT_EQ(ids.size(), 3);
    EXPECT_EQ(ids[0].kind + ids[0].pointer, "project/project_id");
    EXPECT_EQ(ids[2].kind + ids[2].pointer, "database/databases/1");
}

TEST(Schema, reads_values_of_an_address) {
    EXPECT_EQ(read_text(integer(), "-5").value(), json::value(-5));
    EXPECT_FALSE(read_text(integer(), "5x"));
    EXPECT_FALSE(read_text(integer(), ""));
    EXPECT_FALSE(read_text(boolean(), "1"));
    EXPECT_EQ(read_text(list(text(plain)), "a,b").value(), json::value({"a", "b"}));
    EXPECT_FALSE(read_text(number(), "nan"));
}

TEST(Schema, a_wrong_description_is_found) {
    EXPECT_THAT(check(database(), "body"), IsEmpty());
    const auto wrong = object(
        "",
        "",
        {
            {"Name", text(plain).length(5, 2)},
            {"port", integer().range(1, 10).fallback(11)},
            {"port", integer()},
            {"key", text(secret), output},
            {"kind", text(plain).fallback("a"), required},
        }
    );
    EXPECT_THAT(
        check(wrong, "body"),
        ::testing::UnorderedElementsAre(
            "body: an object needs a name",
            "body.Name: a field's name is snake_case",
            "body.Name: the least (5) is over the most (2)",
            "body.port: its default or example  must be from 1 to 10",
            "body.port: stands there twice",
            "body.key: a secret can't be an output",
            "body.kind: is required and has a default"
        )
    );
}

TEST(Schema, becomes_json_schema) {
    json::object components;
    const auto root = json_schema(database(), components);
    EXPECT_EQ(json::serialize(root), R"({"$ref":"#/components/schemas/Database"})");
    const auto& made = components.at("Database").as_object();
    EXPECT_EQ(json::serialize(made.at("required")), R"(["id","name"])");
    EXPECT_EQ(made.at("additionalProperties"), json::value(false));
    const auto& properties = made.at("properties").as_object();
    EXPECT_EQ(
        json::serialize(properties.at("password")),
        R"({"type":"string","minLength":1,"maxLength":100,"writeOnly":true,"x-field-class":"secret"})"
    );
    EXPECT_EQ(properties.at("id").at("readOnly"), json::value(true));
    EXPECT_EQ(json::serialize(properties.at("note").at("type")), R"(["string","null"])");
    EXPECT_EQ(json::serialize(properties.at("owner")), R"({"$ref":"#/components/schemas/Owner"})");
    EXPECT_TRUE(components.contains("Owner"));
}

}  // namespace
}  // namespace drydock::http
