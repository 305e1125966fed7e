#include "undo/rows.h"

#include <gtest/gtest.h>

namespace drydock::undo {
namespace {

TEST(KeepsValues, OnlyWhatComesBackTheSame) {
    EXPECT_TRUE(keeps_values("integer", "bigint"));
    EXPECT_FALSE(keeps_values("bigint", "integer"));
    EXPECT_TRUE(keeps_values("character varying(20)", "character varying(50)"));
    EXPECT_FALSE(keeps_values("character varying(50)", "character varying(20)"));
    EXPECT_TRUE(keeps_values("character varying(20)", "text"));
    EXPECT_FALSE(keeps_values("text", "character varying(20)"));
    EXPECT_TRUE(keeps_values("numeric(10,2)", "numeric(12,2)"));
    EXPECT_TRUE(keeps_values("numeric(10,2)", "numeric"));
    EXPECT_FALSE(keeps_values("numeric(10,2)", "numeric(12,3)"));
    EXPECT_FALSE(keeps_values("numeric(10,2)", "numeric(10,1)"));
    EXPECT_FALSE(keeps_values("numeric", "numeric(10,2)"));
    EXPECT_FALSE(keeps_values("character(5)", "text"));
    EXPECT_FALSE(keeps_values("integer", "real"));
    EXPECT_FALSE(keeps_values("timestamp(3) without time zone", "timestamp(0) without time zone"));
    EXPECT_FALSE(keeps_values("jsonb", "json"));
    EXPECT_FALSE(keeps_values("json", "jsonb"));
}

TEST(Told, KnowsWritesAndWhatLiesBeyond) {
    const auto told = what_is_told(
        {"UPDATE a SET x = 1",
         "TRUNCATE app.b",
         "CREATE ROLE r",
         "DO $$ BEGIN truncate c; END $$",
         "COPY t FROM STDIN",
         "ALTER TABLE d ALTER COLUMN x TYPE int USING x::int",
         "ALTER ROLE r IN DATABASE d SET work_mem = '1MB'",
         "VACUUM FULL e"}
    );
    ASSERT_EQ(told.writes.size(), 2U);
    EXPECT_EQ(told.writes[0].name, "a");
    EXPECT_EQ(told.writes[0].command, "UPDATE");
    ASSERT_EQ(told.truncates.size(), 1U);
    EXPECT_EQ(told.truncates[0].schema, "app");
    EXPECT_EQ(told.outside, std::vector<std::string>{"CREATE ROLE"});
    EXPECT_TRUE(told.truncates_unknown);
    EXPECT_TRUE(told.copies_in);
    EXPECT_TRUE(told.computed.contains("d"));
    EXPECT_TRUE(told.rebuilds.contains("e"));
}

}  // namespace
}  // namespace drydock::undo
