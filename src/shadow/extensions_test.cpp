#include "shadow/extensions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drydock::shadow {
namespace {

using ::testing::HasSubstr;

TEST(HowToInstall, NamesTheDebianPackage) {
    EXPECT_THAT(how_to_install("vector", 15), HasSubstr("postgresql-15-pgvector"));
    EXPECT_THAT(how_to_install("postgis_topology", 17), HasSubstr("postgresql-17-postgis-3"));
    EXPECT_THAT(how_to_install("plpython3u", 16), HasSubstr("postgresql-plpython3-16"));
    EXPECT_THAT(how_to_install("pg_hint_plan", 15), HasSubstr("postgresql-15-pg-hint-plan"));
}

TEST(HowToInstall, KnowsWhatComesWithTheServer) {
    EXPECT_THAT(how_to_install("pgcrypto", 15), HasSubstr("apt install postgresql-15"));
    EXPECT_THAT(how_to_install("uuid-ossp", 15), HasSubstr("postgresql-contrib"));
}

}  // namespace
}  // namespace drydock::shadow
