#include "catalog/snapshot.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "catalog/aspects.h"
#include "catalog/query_text.h"

namespace drydock::catalog {
namespace {

namespace json = boost::json;

// Valid UTF-8 with what has to be escaped somewhere.
rc::Gen<std::string> texts() {
    const auto piece =
        rc::gen::element<std::string>("a", "Z", "\"", "\\", "\n", " ", ".", "'", "ö", "💾", "\x01", "{}");
    return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece), [](const auto& pieces) {
        std::string text;
        for (const auto& one : pieces) text += one;
        return text;
    });
}

Snapshot any_snapshot() {
    constexpr std::string_view kAspects[] = {
        aspect::acl, aspect::comment, aspect::definition, aspect::owner, aspect::type, aspect::volatility
    };
    Snapshot snapshot{.server_version = *rc::gen::inRange(130000, 190000), .objects = {}, .dependencies = {}};
    const auto count = *rc::gen::inRange<std::size_t>(0, 8);
    for (std::size_t i = 0; i < count; ++i) {
        Object object;
        object.kind = static_cast<Kind>(*rc::gen::inRange(0, static_cast<int>(Kind::subscription) + 1));
        object.schema = *texts();
        object.parent = *texts();
        object.name = *texts();
        for (const auto aspect : kAspects) {
            if (*rc::gen::arbitrary<bool>()) object.aspects.push_back({.name = aspect, .value = *texts()});
        }
        snapshot.objects.push_back(std::move(object));
    }
    std::ranges::sort(snapshot.objects, [](const auto& a, const auto& b) { return compare_keys(a, b) < 0; });
    const auto repeated =
        std::ranges::unique(snapshot.objects, [](const auto& a, const auto& b) { return compare_keys(a, b) == 0; });
    snapshot.objects.erase(repeated.begin(), repeated.end());
    if (snapshot.objects.size() > 1) snapshot.dependencies = {{0, 1}, {1, 0}};
    return snapshot;
}

RC_GTEST_PROP(Json, IsReadBackAsItWas, ()) {
    const auto written = any_snapshot();
    const auto read =
        from_json(*rc::gen::arbitrary<bool>() ? json::serialize(to_json(written)) : to_json_text(written));
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->server_version == written.server_version);
    RC_ASSERT(read->dependencies == written.dependencies);
    RC_ASSERT(read->hash() == written.hash());
    RC_ASSERT(read->objects.size() == written.objects.size());
    for (std::size_t i = 0; i < read->objects.size(); ++i) {
        RC_ASSERT(std::is_eq(compare_keys(read->objects[i], written.objects[i])));
        RC_ASSERT(read->objects[i].aspects == written.objects[i].aspects);
    }
}

RC_GTEST_PROP(Lists, AreReadBackAsTheyWere, ()) {
    std::vector<std::string> written(*rc::gen::inRange<std::size_t>(2, 6));
    for (auto& item : written) item = *texts();
    RC_ASSERT(items(to_list(written)) == written);
}

Snapshot read(std::string_view text) {
    auto snapshot = from_json(text);
    EXPECT_TRUE(snapshot) << snapshot.error().message;
    return snapshot ? *std::move(snapshot) : Snapshot{};
}

std::string objects(std::string_view list) {
    return fmt::format(R"({{"format": "drydock.catalog", "version": 1, "objects": [{}]}})", list);
}

TEST(FromJson, RefusesWhatIsNoSnapshotAndSaysWhy) {
    const std::pair<std::string, std::string_view> cases[] = {
        {"", "no JSON"},
        {"[]", "no JSON object"},
        {"{}", "does not say \"format\""},
        {R"({"format": "drydock.catalog", "version": 2, "objects": []})", "a version other than 1"},
        {R"({"format": "drydock.catalog", "version": 1})", "no list of \"objects\""},
        {objects("1"), "object 0 is no JSON object"},
        {objects(R"({"kind": "tabel", "name": "a", "aspects": {}})"), "of the kind \"tabel\""},
        {objects(R"({"kind": "table", "name": 1, "aspects": {}})"), "\"name\" of object 0 is not a text"},
        {objects(R"({"kind": "table", "name": "a"})"), "has no \"aspects\""},
        {objects(R"({"kind": "table", "name": "a", "aspects": {"colour": "red"}})"), "aspect \"colour\""},
        {objects(R"({"kind": "table", "name": "b", "aspects": {}}, {"kind": "table", "name": "a", "aspects": {}})"),
         "table a is out of order"},
        {objects(R"({"kind": "table", "name": "b", "aspects": {}}, {"kind": "table", "name": "b", "aspects": {}})"),
         "table b is out of order"},
        {R"({"format": "drydock.catalog", "version": 1, "objects": [], "dependencies": [[0, 1]]})", "not there"},
        {R"({"format": "drydock.catalog", "version": 1, "objects": [], "server_version": -1})", "is no version"},
    };
    for (const auto& [text, problem] : cases) {
        SCOPED_TRACE(text);
        const auto snapshot = from_json(text);
        ASSERT_FALSE(snapshot);
        EXPECT_EQ(snapshot.error().code, ErrorCode::invalid_argument);
        EXPECT_NE(snapshot.error().message.find(problem), std::string::npos) << snapshot.error().message;
        EXPECT_FALSE(snapshot.error().hint.empty());
    }
}

TEST(Hash, CountsNamesAndAspectsAndNotWhatIsUntold) {
    const auto base = objects(R"({"kind": "table", "schema": "s", "name": "a", "aspects": {"owner": "me"}})");
    const auto with = [&](std::string_view from, std::string_view to) {
        std::string text = base;
        text.replace(text.find(from), from.size(), to);
        return read(text).hash();
    };
    const auto hash = read(base).hash();
    EXPECT_NE(hash, with("\"s\"", "\"t\""));
    EXPECT_NE(hash, with("\"a\"", "\"b\""));
    EXPECT_NE(hash, with("table", "view"));
    EXPECT_NE(hash, with("\"me\"", "\"you\""));
    EXPECT_NE(hash, with("owner", "comment"));
    EXPECT_NE(hash, with("\"schema\"", "\"parent\""));
    EXPECT_EQ(hash, with("\"me\"", "\"me\", \"volatility\": \"stable\""));
}

TEST(Kinds, AreKnownByTheirNames) {
    for (int i = 0; i <= static_cast<int>(Kind::subscription); ++i) {
        const auto kind = static_cast<Kind>(i);
        EXPECT_EQ(kind_named(name(kind)), kind) << name(kind);
    }
    EXPECT_FALSE(kind_named("tables"));
}

TEST(Labels, SayWhereAnObjectIs) {
    EXPECT_EQ(label({.kind = Kind::database}), "database");
    EXPECT_EQ(label({.kind = Kind::schema, .name = "app"}), "schema app");
    EXPECT_EQ(label({.kind = Kind::table, .schema = "app", .name = "orders"}), "table app.orders");
    EXPECT_EQ(
        label({.kind = Kind::column, .schema = "app", .parent = "orders", .name = "note"}), "column app.orders.note"
    );
    EXPECT_EQ(
        label({.kind = Kind::index, .schema = "app", .parent = "orders", .name = "orders_note"}),
        "index app.orders_note"
    );
    EXPECT_EQ(
        label({.kind = Kind::trigger, .schema = "app", .parent = "orders", .name = "audit"}),
        "trigger audit on app.orders"
    );
}

TEST(Documentation, NamesEveryKindAndAspect) {
    const auto root = std::filesystem::path{__FILE__}.parent_path().parent_path().parent_path();
    std::ifstream file{root / "docs/formats/catalog-snapshot.md"};
    ASSERT_TRUE(file);
    std::stringstream text;
    text << file.rdbuf();
    for (const auto& traits : all_aspects())
        EXPECT_NE(text.str().find(fmt::format("`{}`", traits.name)), std::string::npos) << traits.name;
    for (int i = 0; i <= static_cast<int>(Kind::subscription); ++i) {
        const std::string kind{name(static_cast<Kind>(i))};
        const bool part = kind.starts_with("text search ");
        const auto told = part ? kind.substr(kind.rfind(' ') + 1) + "`" : "`" + kind + "`";
        EXPECT_NE(text.str().find(told), std::string::npos) << kind;
    }
}

TEST(QueryText, KeepsTheLinesForItsServer) {
    constexpr std::string_view kText =
        "SELECT a,\n    b,  -- 15+\n    -- <15: NULL AS b,\n    c -- why\nFROM t  -- 14+";
    EXPECT_EQ(query_text(kText, 13), "SELECT a,\n NULL AS b,\n    c -- why\n");
    EXPECT_EQ(query_text(kText, 14), "SELECT a,\n NULL AS b,\n    c -- why\nFROM t  \n");
    EXPECT_EQ(query_text(kText, 18), "SELECT a,\n    b,  \n    c -- why\nFROM t  \n");
}

TEST(Arrays, AreTakenApart) {
    EXPECT_EQ(array_elements("{}"), std::vector<std::string>{});
    EXPECT_EQ(array_elements("{a,b c}"), (std::vector<std::string>{"a", "b c"}));
    EXPECT_EQ(
        array_elements(R"({"a,b","with \"quotes\"","back\\slash",NULL,"NULL",""})"),
        (std::vector<std::string>{"a,b", "with \"quotes\"", "back\\slash", "NULL", ""})
    );
}

}  // namespace
}  // namespace drydock::catalog
