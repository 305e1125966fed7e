#include "cli/registry_file.h"

#include <map>

#include <boost/json.hpp>
#include <gmock/gmock.h>

namespace drydock::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class RegistryFile : public ::testing::Test {
protected:
    Result<std::vector<RegistryEntry>> read(std::string_view text) {
        return read_registry_file(text, "registry.toml", [this](std::string_view name) -> std::optional<std::string> {
            const auto found = values.find(std::string{name});
            if (found == values.end()) return std::nullopt;
            return found->second;
        });
    }
    Error error_of(std::string_view text) {
        auto read_it = read(text);
        EXPECT_FALSE(read_it) << text;
        return read_it ? Error{} : std::move(read_it).error();
    }

    std::map<std::string, std::string> values{{"PW", "p@ss/word"}, {"WHOLE", "redis://:x@h:1/0"}};
};

TEST_F(RegistryFile, PlaceholdersAreFilledInAndEncodedWithinAnAddress) {
    const auto entries = read(R"([[database]]
project = "shop"
name = "orders"
connection_string = "postgresql://app:${PW}@db.example/orders"

[[database]]
project = "shop"
name = "cache"
connection_string = "${WHOLE}"
metadata = { team = "core", tags = ["a", "b"], since = 2026-07-01 }
port = 6379
ssl_enabled = false
)");
    ASSERT_TRUE(entries) << entries.error().message;
    ASSERT_EQ(entries->size(), 2U);
    EXPECT_EQ((*entries)[0].project, "shop");
    EXPECT_EQ((*entries)[0].place.line, 1U);
    EXPECT_EQ(
        boost::json::serialize((*entries)[0].body),
        R"({"connection_string":"postgresql://app:p%40ss%2Fword@db.example/orders","name":"orders"})"
    );
    const auto& cache = (*entries)[1].body;
    EXPECT_EQ(cache.at("connection_string").as_string(), "redis://:x@h:1/0");
    EXPECT_EQ(cache.at("port").as_int64(), 6379);
    EXPECT_FALSE(cache.at("ssl_enabled").as_bool());
    EXPECT_EQ(boost::json::serialize(cache.at("metadata")), R"({"since":"2026-07-01","tags":["a","b"],"team":"core"})");
}

TEST_F(RegistryFile, AnErrorSaysWhereAndWhatToDo) {
    const auto unknown = error_of("[[database]]\nproject = \"shop\"\nname = \"a\"\nhots = \"h\"\n");
    EXPECT_EQ(unknown.place.label(), "registry.toml:4:1");
    EXPECT_EQ(unknown.hint, "did you mean host?");

    const auto unset = error_of("[[database]]\nproject = \"shop\"\nname = \"a\"\npassword = \"${NONE}\"\n");
    EXPECT_EQ(unset.place.line, 4U);
    EXPECT_THAT(unset.message, HasSubstr("${NONE}"));

    const auto nameless = error_of("\n[[database]]\nproject = \"shop\"\n");
    EXPECT_EQ(nameless.place.line, 2U);
    EXPECT_THAT(nameless.message, HasSubstr("no name"));

    EXPECT_THAT(error_of("[database]\nname = \"a\"\n").hint, HasSubstr("[[database]]"));
    EXPECT_THAT(error_of("[[databases]]\nname = \"a\"\n").message, HasSubstr("\"databases\""));
    EXPECT_THAT(error_of("name = ").message, HasSubstr("not TOML"));
    const auto twice =
        error_of("[[database]]\nproject = \"shop\"\nname = \"a\"\n[[database]]\nproject = \"shop\"\nname = \"a\"\n");
    EXPECT_EQ(twice.place.line, 4U);
}

TEST_F(RegistryFile, ASecretThatIsWrittenDownIsRefusedAndNotShown) {
    for (const std::string line :
         {"password = \"hunter2\"",
          "connection_string = \"postgresql://app:hunter2@db/orders\"",
          "connection_string = \"redis://:hunter2@db/0\""}) {
        const auto error = error_of("[[database]]\nproject = \"shop\"\nname = \"a\"\n" + line + "\n");
        EXPECT_EQ(error.place.line, 4U) << line;
        EXPECT_THAT(error.hint, HasSubstr("${ORDERS_PASSWORD}"));
        EXPECT_THAT(error.message + error.hint + error.place.excerpt(), Not(HasSubstr("hunter2")));
    }
    EXPECT_TRUE(read("[[database]]\nproject = \"shop\"\nname = \"a\"\nconnection_string = \"redis://db/0\"\n"));
}

}  // namespace
}  // namespace drydock::cli
