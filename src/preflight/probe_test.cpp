#include "preflight/probe.h"

#include <gtest/gtest.h>

namespace drydock::preflight {
namespace {

TEST(Probes, SayWhichRowsAndNotOnlyThatThereAreSome) {
    EXPECT_EQ(all_rows_of("select 1 from app.t where a is null limit 1", "id"), "select id from app.t where a is null");
    EXPECT_EQ(all_rows_of("select 1 from t offset 1 limit 1", "ctid"), "select ctid from t offset 1");
    EXPECT_EQ(
        all_rows_of("select 1 from t where a is not null group by a, b having count(*) > 1 limit 1", "id"),
        "select a, b, count(*) as times from t where a is not null group by a, b having count(*) > 1"
    );
}

TEST(Probes, OfAnotherFormStayAsTheyAre) {
    for (const char* text : {"select 2 from t limit 1", "select 1 from t", "table t", ""}) {
        EXPECT_EQ(all_rows_of(text, "id"), text);
    }
}

}  // namespace
}  // namespace drydock::preflight
