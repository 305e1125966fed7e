#include "sql/statement.h"

#include <gtest/gtest.h>

#include "sql/statement_cases.h"

namespace drydock::sql {
namespace {

class KindOfStatement : public testing::TestWithParam<StatementCase> {};

TEST_P(KindOfStatement, is_known_by_its_tokens) {
    const Kind kind = kind_of(GetParam().text);
    EXPECT_EQ(kind.shape, GetParam().shape) << GetParam().text;
    EXPECT_EQ(kind.command, GetParam().command) << GetParam().text;
}
INSTANTIATE_TEST_SUITE_P(Statements, KindOfStatement, testing::ValuesIn(kStatements));

TEST(KindOf, takes_any_tokens) {
    for (const std::string_view text :
         {"",
          ")",
          "'x'",
          "WITH",
          "REINDEX",
          "REINDEX (",

          "DO",
          "COPY",
          "CREATE",
          "CREATE OR",
          "ALTER SUBSCRIPTION",
          "SELECT set_config(",
          "DROP FOREIGN",
          "DO $$"}) {
        EXPECT_NE(kind_of(text).shape, Shape::outside_only) << text;
    }
}

TEST(StringValue, is_what_the_server_reads) {
    EXPECT_EQ(string_value("'it''s\\'"), "it's\\");
    EXPECT_EQ(string_value(R"(E'it\'s\n''\\')"), "it's\n'\\");
    EXPECT_EQ(string_value("$x$a$$'$x$"), "a$$'");
    EXPECT_EQ(string_value("N'a'"), "a");
    EXPECT_EQ(string_value(""), "");
    EXPECT_EQ(string_value("'"), "");
}

}  // namespace
}  // namespace drydock::sql
