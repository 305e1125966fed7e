#include "pg_server/throwaway.h"

#include <gtest/gtest.h>

#include "testing/postgres.h"

namespace drydock::pg_server {
namespace {

TEST(Throwaway, AnswersOnItsSocket) {
    testing::Database database;
    EXPECT_EQ(database.run("SELECT 1 + 1"), "2");
}

}  // namespace
}  // namespace drydock::pg_server
