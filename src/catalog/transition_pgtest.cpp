// Every single change of a catalog can be taken back by the SQL of a transition, or is one of those that no statement
// takes back.
#include <map>

#include <fmt/format.h>

#include "catalog/difference.h"
#include "catalog/mutations_pgtest.h"

namespace drydock::catalog {
namespace {

constexpr int kRounds = 4;

std::string told(const Difference& difference) {
    std::string text;
    for (const auto& change : difference.changes) text += describe(change) + '\n';
    return text;
}

struct Outcome {
    std::string error;
    std::string left;  // what still differs
    std::string statements;
    std::vector<std::string> impossible;
};

// Rounds of transitions, each in a transaction, until the database is as `goal`.
Outcome reach(const pg::Conninfo& where, const Snapshot& goal, const CompareOptions& options) {
    Outcome outcome;
    auto plain = options;
    plain.by_identity = false;
    auto connection = pg::Connection::open(where, Limits::within(std::chrono::minutes{1}));
    EXPECT_TRUE(connection);
    for (int round = 0; round < kRounds; ++round) {
        const auto now = snapshot_of(*connection, {.dependencies = true});
        outcome.left = told(compare(now, goal, plain));
        if (outcome.left.empty()) return outcome;
        auto script = transition(now, goal, options);
        outcome.impossible = script.impossible;
        if (script.statements.empty()) return outcome;
        std::string text = "BEGIN;\n";
        for (const auto& statement : script.statements) text += statement + ";\n";
        outcome.statements += text;
        const auto ran = connection->run_message(text + "COMMIT", Limits::within(std::chrono::minutes{1}));
        if (!ran) {
            outcome.error = ran.error().message + " " + ran.error().detail;
            return outcome;
        }
    }
    outcome.left = told(compare(snapshot_of(*connection), goal, plain));
    return outcome;
}

// What no statement takes back, and the words that say so.
const std::map<std::string_view, std::string_view>& impossible() {
    static const std::map<std::string_view, std::string_view> cases{
        {"type|alter type app.mood add value 'x'",
         "enum type app.mood keeps 'x': PostgreSQL takes no label out of an enum type, and column app.big.en has its "
         "values"},
        {"type|alter type app.mood add value 'x' before 'ok'",
         "enum type app.mood keeps 'x': PostgreSQL takes no label out of an enum type, and column app.big.en has its "
         "values"},
    };
    return cases;
}

constexpr std::string_view kInvalid =
    "index app.big_t_idx is invalid there: no statement makes a valid index invalid, and this one is as good";

void expect_reached(const Mutation& mutation, const Outcome& outcome) {
    EXPECT_EQ(outcome.error, "") << outcome.statements;
    const auto known = impossible().find(mutation.text);
    if (known == impossible().end()) {
        EXPECT_EQ(outcome.left, "") << outcome.statements << fmt::format("{}", fmt::join(outcome.impossible, "\n"));
        return;
    }
    ASSERT_EQ(outcome.impossible.size(), 1U) << outcome.left;
    EXPECT_EQ(outcome.impossible.front(), known->second);
    EXPECT_NE(outcome.left, "");
}

TEST_F(Mutations, EachIsTakenBack) {
    fresh();
    const auto untouched = snapshot_of(where, {.dependencies = true});
    for (const auto& mutation : mutations()) {
        SCOPED_TRACE(mutation.text);
        fresh();
        if (!mutation.setup.empty()) testing::run_on(where, mutation.setup);
        const auto before = mutation.setup.empty() ? untouched : snapshot_of(where, {.dependencies = true});
        testing::run_on(where, mutation.change);
        expect_reached(mutation, reach(where, before, {.by_identity = true}));
    }
}

TEST_F(Mutations, EachIsMadeFromAnotherDatabase) {
    fresh();
    const auto untouched = snapshot_of(where, {.dependencies = true});
    for (const auto& mutation : mutations()) {
        SCOPED_TRACE(mutation.text);
        fresh();
        if (!mutation.setup.empty()) testing::run_on(where, mutation.setup);
        testing::run_on(where, mutation.change);
        const auto after = snapshot_of(where, {.dependencies = true});
        fresh();
        if (!mutation.setup.empty()) testing::run_on(where, mutation.setup);
        const auto outcome = reach(where, after, {});
        EXPECT_EQ(outcome.error, "") << outcome.statements;
        const bool invalid = mutation.text.find("indisvalid=false") != std::string::npos;
        EXPECT_EQ(outcome.left.empty(), !invalid) << outcome.left << outcome.statements;
        EXPECT_EQ(fmt::format("{}", fmt::join(outcome.impossible, "")), invalid ? kInvalid : "");
    }
}

// What DDL makes of nothing is the same catalog.
void expect_same_from_ddl(const std::string& setup) {
    const testing::Database origin;
    origin.run(setup);
    const auto snapshot = snapshot_of(origin.conninfo(), {.dependencies = true});
    const auto ddl = to_ddl(snapshot);
    const testing::Database copy;
    testing::run_on(copy.conninfo(), ddl);
    EXPECT_EQ(told(compare(snapshot_of(copy.conninfo()), snapshot, {})), "") << ddl;
}

TEST(Ddl, OfTheFixtureMakesTheSameCatalog) {
    expect_same_from_ddl(test_file("fixture.sql"));
}

TEST(Ddl, OfAllThatIsOddMakesTheSameCatalog) {
    expect_same_from_ddl(test_file("odd.sql"));
}

}  // namespace
}  // namespace drydock::catalog
