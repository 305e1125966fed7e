#include "catalog/snapshot.h"
#include "lint/corpus_test.h"
#include "testing/postgres.h"

namespace drydock::lint {
namespace {

TEST(LintCorpus, with_the_catalog_nearly_all_hazards_are_named_and_nearly_no_safe_case_is_flagged) {
    testing::Database database;
    const auto fixture = read_file(cases_folder() / "fixture.sql");
    ASSERT_TRUE(fixture) << fixture.error().message;
    database.run(*fixture);
    auto connection = pg::Connection::open(database.conninfo(), Limits::within(std::chrono::seconds{30}));
    ASSERT_TRUE(connection) << connection.error().message;
    const auto snapshot =
        catalog::read_snapshot(*connection, {.dependencies = true}, Limits::within(std::chrono::seconds{60}));
    ASSERT_TRUE(snapshot) << snapshot.error().message;
    const effects::World world{*snapshot};
    Score score;
    for (const auto& one : read_cases()) {
        score.add(one, lint_case(one, {.world = &world, .snapshot = &*snapshot, .evidence = Evidence::catalog}));
    }
    EXPECT_GE(score.named_share(), 0.95);
    EXPECT_LE(score.flagged_share(), 0.04);
    std::printf(
        "named %zu of %zu hazards, flagged %zu of %zu safe cases\n%s",
        score.named,
        score.hazards,
        score.flagged,
        score.safe,
        score.wrong.c_str()
    );
}

}  // namespace
}  // namespace drydock::lint
