#include <gtest/gtest.h>

#include "pg/connection.h"

namespace drydock::pg {
namespace {

TEST(Quote, identifiers_double_their_quotes) {
    EXPECT_EQ(quote_identifier("orders"), R"("orders")");
    EXPECT_EQ(quote_identifier(R"(a"b)"), R"("a""b")");
    EXPECT_EQ(quote_identifier(R"(back\slash)"), R"("back\slash")");
    EXPECT_EQ(quote_identifier(""), R"("")");
}

TEST(Quote, literals_double_quotes_and_backslashes) {
    EXPECT_EQ(quote_literal("it's"), "E'it''s'");
    EXPECT_EQ(quote_literal(R"(a\'; DROP TABLE x --)"), R"(E'a\\''; DROP TABLE x --')");
    EXPECT_EQ(quote_literal(""), "E''");
}

}  // namespace
}  // namespace drydock::pg
