#include "shadow/cache.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "shadow/shadow.h"
#include "testing/postgres.h"
#include "testing/surroundings.h"

namespace drydock::shadow {
namespace {

using std::filesystem::path;

Limits minute() {
    return Limits::within(std::chrono::minutes{1});
}

class CacheTest : public ::testing::Test {
protected:
    Cache open(const Cache::Bounds& bounds = {}) {
        auto cache = Cache::open(folder.path() / "cache", bounds);
        if (!cache) {
            ADD_FAILURE() << cache.error().message;
            std::abort();
        }
        return *std::move(cache);
    }

    static Shadow shadow(const std::optional<pg_server::ClusterTemplate>& from = std::nullopt) {
        auto made = Shadow::open({}, from, minute());
        if (!made) {
            ADD_FAILURE() << made.error().message << made.error().detail;
            std::abort();
        }
        return *std::move(made);
    }

    // A cluster with one database that holds `value`; its note is the database's name.
    static void save(Cache& cache, const std::string& key, int value) {
        auto made = shadow();
        auto database = made.create_database({}, minute());
        ASSERT_TRUE(database);
        testing::run_on(database->conninfo(), fmt::format("CREATE TABLE t AS SELECT {} AS v", value));
        database->keep();
        const auto saved = cache.save_cluster(key, made, database->name(), minute());
        ASSERT_TRUE(saved) << saved.error().message;
    }

    testing::TempFolder folder;
};

TEST_F(CacheTest, AServerGoesOnWhereASavedOneStopped) {
    auto cache = open();
    save(cache, "aa01", 42);
    auto found = cache.find_cluster("aa01", minute());
    ASSERT_TRUE(found);
    ASSERT_TRUE(*found);
    auto again = shadow((*found)->cluster);
    const auto database = again.adopt_database((*found)->note);
    EXPECT_EQ(testing::run_on(database.conninfo(), "SELECT v FROM t"), "42");
    EXPECT_FALSE(cache.has_cluster("aa02"));
}

TEST_F(CacheTest, AnEntryThatIsNotWholeIsThrownAway) {
    auto cache = open();
    save(cache, "bb01", 1);
    const auto entry = cache.folder() / "clusters" / "bb01";
    std::filesystem::resize_file(entry / "pgdata" / "global" / "pg_control", 100);
    auto found = cache.find_cluster("bb01", minute());
    ASSERT_TRUE(found);
    EXPECT_FALSE(*found);
    EXPECT_FALSE(std::filesystem::exists(entry));
}

TEST_F(CacheTest, AnEntryOfAnEarlierBootIsBelievedOnlyByItsBytes) {
    auto cache = open();
    save(cache, "ab01", 1);
    const auto entry = cache.folder() / "clusters" / "ab01";
    ASSERT_TRUE(write_file(entry / "boot", "another boot"));
    {
        const auto found = cache.find_cluster("ab01", minute());
        ASSERT_TRUE(found);
        EXPECT_TRUE(*found);
    }
    // As long as before, and its bytes never reached the disk.
    const auto file = entry / "pgdata" / "global" / "pg_control";
    const auto size = std::filesystem::file_size(file);
    std::filesystem::resize_file(file, 0);
    std::filesystem::resize_file(file, size);
    const auto found = cache.find_cluster("ab01", minute());
    ASSERT_TRUE(found);
    EXPECT_FALSE(*found);
}

TEST_F(CacheTest, WhatAKilledRunHalfMadeIsNoEntryAndGoes) {
    auto cache = open();
    const auto half = cache.folder() / "clusters" / "making.0001";
    std::filesystem::create_directories(half / "pgdata");
    EXPECT_FALSE(cache.has_cluster("making.0001"));
    save(cache, "cc01", 1);
    EXPECT_FALSE(std::filesystem::exists(half));
}

TEST_F(CacheTest, TheLeastRecentlyUsedGoesFirst) {
    auto cache = open({.clusters = 2});
    save(cache, "d1", 1);
    save(cache, "d2", 2);
    {
        const auto used = cache.find_cluster("d1", minute());
        ASSERT_TRUE(used && *used);
    }
    save(cache, "d3", 3);
    EXPECT_TRUE(cache.has_cluster("d1"));
    EXPECT_FALSE(cache.has_cluster("d2"));
    EXPECT_TRUE(cache.has_cluster("d3"));
}

TEST_F(CacheTest, TheBytesAreBoundedButTheNewestStays) {
    auto cache = open({.bytes = 1000});
    save(cache, "e1", 1);
    EXPECT_TRUE(cache.has_cluster("e1"));
    save(cache, "e2", 2);
    EXPECT_FALSE(cache.has_cluster("e1"));
    EXPECT_TRUE(cache.has_cluster("e2"));
}

TEST_F(CacheTest, NothingIsThrownAwayWhileItIsBeingCopied) {
    auto cache = open({.clusters = 1});
    save(cache, "f1", 1);
    auto used = cache.find_cluster("f1", minute());
    ASSERT_TRUE(used && *used);
    save(cache, "f2", 2);  // gives up: f1 is in use
    EXPECT_TRUE(std::filesystem::exists((*used)->cluster.pgdata / "PG_VERSION"));
    EXPECT_FALSE(cache.has_cluster("f2"));
}

TEST_F(CacheTest, ATextThatWasCutShortIsNone) {
    auto cache = open();
    ASSERT_TRUE(cache.save_text("abcd", "{\"proven\":true}"));
    EXPECT_EQ(cache.find_text("abcd"), "{\"proven\":true}");
    std::filesystem::resize_file(cache.folder() / "texts" / "ab" / "abcd", 10);
    EXPECT_EQ(cache.find_text("abcd"), std::nullopt);
    EXPECT_EQ(cache.find_text("0000"), std::nullopt);
}

}  // namespace
}  // namespace drydock::shadow
