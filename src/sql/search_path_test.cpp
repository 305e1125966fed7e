#include "sql/search_path.h"

#include <gtest/gtest.h>

namespace drydock::sql {
namespace {

TEST(SearchPath, NamesTheSchemaThatComesFirst) {
    EXPECT_EQ(search_path_of("SET search_path TO app, public"), "app");
    EXPECT_EQ(search_path_of("set local search_path = \"My App\", public"), "My App");
    EXPECT_EQ(search_path_of("SET SESSION search_path = 'app'"), "app");
    EXPECT_EQ(search_path_of("SET SCHEMA 'app'"), "app");
    EXPECT_EQ(search_path_of("SET /* why */ search_path = APP"), "app");
    EXPECT_EQ(search_path_of("SET search_path = \"a\"\"b\""), "a\"b");
}

TEST(SearchPath, IsTheSessionsOwnAgain) {
    for (const char* text :
         {"RESET search_path",
          "RESET ALL",
          "DISCARD ALL",
          "SET search_path TO DEFAULT",
          "SET search_path = \"$user\", public"}) {
        EXPECT_EQ(search_path_of(text), "") << text;
    }
}

TEST(SearchPath, IsNotWhatOtherStatementsAreAbout) {
    for (const char* text : {"SELECT 1", "SET lock_timeout = 1", "RESET lock_timeout", "", "SET", "DISCARD TEMP"}) {
        EXPECT_EQ(search_path_of(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace drydock::sql
