#include "registry/registration_file.h"

#include "registry/registry_pgtest.h"

namespace drydock::registry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Placeholders, AreFilledIn) {
    const Placeholders values = [](std::string_view name) -> std::optional<std::string> {
        if (name == "PW") return "p@ss/w";
        if (name == "URL") return "redis://:x@h/0";
        return {};
    };
    EXPECT_EQ(fill_in("a ${PW} b", values).value(), "a p@ss/w b");
    EXPECT_EQ(fill_in("redis://:${PW}@h", values, true).value(), "redis://:p%40ss%2Fw@h");
    EXPECT_EQ(fill_in("${URL}", values, true).value(), "redis://:x@h/0");
    EXPECT_EQ(fill_in("$${PW} $5", values).value(), "${PW} $5");
    EXPECT_THAT(fill_in("${NONE}", values).error().message, HasSubstr("${NONE}"));
    EXPECT_FALSE(fill_in("${PW", values));
    EXPECT_FALSE(fill_in("${}", values));
}

class RegistrationFile : public RegistryTest {
protected:
    std::vector<FileEntry> entries() const {
        return {
            {.project = "shop",
             .fields = {.name = "orders", .metadata = R"({"team": "${TEAM}"})"},
             .secret = {.connection_string = Secret{"postgresql://app:${ORDERS_PASSWORD}@db.example/orders"}},
             .place = {.file = "registry.toml", .line = 3, .column = 1}},
            {.project = project('a'),
             .fields = {.name = "cache", .type = "redis", .host = "cache.example"},
             .secret = {.password = Secret{"${CACHE_PASSWORD}"}},
             .place = {.file = "registry.toml", .line = 9, .column = 1}},
            {.project = "shop",
             .fields = {.name = "env"},
             .secret = {.environment = "PG_INSTANCE_1_"},
             .place = {.file = "registry.toml", .line = 15, .column = 1}},
        };
    }
    std::string put(const std::vector<FileEntry>& list) {
        const auto done = register_file(
            *registry_,
            actor('a', "member"),
            list,
            [&](std::string_view name) -> std::optional<std::string> {
                const auto found = values_.find(name);
                if (found == values_.end()) return {};
                return found->second;
            },
            false,
            limits()
        );
        if (!done) return done.error().place.label() + ": " + done.error().message;
        std::string text;
        for (const auto& one : *done) {
            constexpr std::string_view kWords[] = {"registered", "changed", "unchanged"};
            text += fmt::format("{} {} ", one.name, kWords[static_cast<std::size_t>(one.action)]);
        }
        return text;
    }
    void SetUp() override { environment_ = {{"PG_INSTANCE_1_URI", "postgresql://u:p@env.example/d"}}; }

    std::map<std::string, std::string, std::less<>> values_{
        {"TEAM", "core"}, {"ORDERS_PASSWORD", "a@b"}, {"CACHE_PASSWORD", "c"}
    };
};

TEST_F(RegistrationFile, ChangesNothingWhenItSaysTheSame) {
    EXPECT_EQ(put(entries()), "orders registered cache registered env registered ");
    const auto before = actions();
    EXPECT_EQ(put(entries()), "orders unchanged cache unchanged env unchanged ");
    EXPECT_EQ(actions(), before);
    const auto row = registry_->list(actor('a', "viewer"), {.text = "orders"}, limits())->databases.at(0);
    EXPECT_EQ(revealed(row.id), "postgresql://app:a%40b@db.example/orders");
    EXPECT_THAT(row.metadata, HasSubstr("core"));
}

TEST_F(RegistrationFile, BringsUpToDateWhatItSaysOtherwise) {
    put(entries());
    values_["CACHE_PASSWORD"] = "another";
    auto list = entries();
    list[0].fields.metadata = R"({"team": "other"})";
    EXPECT_EQ(put(list), "orders changed cache changed env unchanged ");
    list[0].secret.connection_string = Secret{"postgresql://app:${ORDERS_PASSWORD}@db2.example/orders"};
    EXPECT_EQ(put(list), "orders changed cache unchanged env unchanged ");
    const auto row = registry_->list(actor('a', "viewer"), {.text = "orders"}, limits())->databases.at(0);
    EXPECT_EQ(row.host, "db2.example");
    EXPECT_THAT(row.metadata, HasSubstr("other"));
}

TEST_F(RegistrationFile, TellsWhereItIsWrong) {
    auto list = entries();
    list[1].project = "nowhere";
    EXPECT_EQ(put(list), "registry.toml:9:1: there is no project \"nowhere\"");
    list = entries();
    list[1].secret.password = Secret{"${CANARY}"};
    EXPECT_EQ(put(list), "registry.toml:9:1: the placeholder ${CANARY} has no value");
    list = entries();
    list[2].fields.name = "orders";
    EXPECT_EQ(put(list), "registry.toml:15:1: the file names this database twice");
    list[2].fields.name = "x";
    list[2].secret.environment = "DRYDOCK_KEK";
    EXPECT_THAT(put(list), HasSubstr("registry.toml:15:1: registering \"x\": this variable"));
    list = entries();
    list[0].secret.connection_string = Secret{"postgresql://app:CANARY0@db@db.example/orders"};
    EXPECT_THAT(put(list), Not(HasSubstr("CANARY0")));
}

}  // namespace
}  // namespace drydock::registry
