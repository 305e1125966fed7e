#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "catalog/snapshot.h"
#include "testing/postgres.h"

namespace drydock::catalog {

// A file of tests/catalog.
inline std::string test_file(std::string_view name) {
    const auto path =
        std::filesystem::path{__FILE__}.parent_path().parent_path().parent_path() / "tests/catalog" / name;
    std::ifstream file{path};
    EXPECT_TRUE(file) << path;
    std::stringstream text;
    text << file.rdbuf();
    return std::move(text).str();
}

inline Snapshot snapshot_of(pg::Connection& connection, const ReadOptions& options = {}) {
    auto snapshot = read_snapshot(connection, options, Limits::within(std::chrono::minutes{1}));
    if (!snapshot) {
        ADD_FAILURE() << snapshot.error().message << ' ' << snapshot.error().statement << ' '
                      << snapshot.error().detail;
        return {};
    }
    return *std::move(snapshot);
}

inline Snapshot snapshot_of(const pg::Conninfo& where, const ReadOptions& options = {}) {
    auto connection = pg::Connection::open(where, Limits::within(std::chrono::minutes{1}));
    EXPECT_TRUE(connection) << connection.error().message;
    return connection ? snapshot_of(*connection, options) : Snapshot{};
}

// All that is compared, a line an aspect: what differs between two catalogs is easily seen in it.
inline std::string as_text(const Snapshot& snapshot) {
    std::string text;
    for (const auto& object : snapshot.objects) {
        text += label(object) + '\n';
        for (const auto& aspect : object.aspects) {
            if (is_compared(aspect.name)) text += "    " + std::string{aspect.name} + " = " + aspect.value + '\n';
        }
    }
    return text;
}

}  // namespace drydock::catalog
