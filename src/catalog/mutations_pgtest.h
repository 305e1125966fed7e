#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "catalog/catalog_pgtest.h"

namespace drydock::catalog {

// One line of tests/catalog/mutations.txt: "group|setup << change", or only a change; ";;" stands between statements.
struct Mutation {
    std::string text;
    std::string setup;
    std::string change;
};
std::vector<Mutation> mutations();

// A test that makes changes, each on a fresh database `mut` of the test server.
class Mutations : public ::testing::Test {
protected:
    Mutations() {
        where.set("dbname", "mut");
        server("DROP DATABASE IF EXISTS mut_template");
        server("CREATE DATABASE mut_template");
        auto origin = where;
        origin.set("dbname", "mut_template");
        testing::run_on(origin, test_file("fixture.sql"));
    }
    ~Mutations() override {
        server("DROP DATABASE IF EXISTS mut");
        server("DROP DATABASE mut_template");
    }
    static void server(std::string_view sql) { testing::run_on(testing::server().conninfo(), sql); }
    static void fresh() {
        server("DROP DATABASE IF EXISTS mut");
        server("CREATE DATABASE mut TEMPLATE mut_template");
    }

    pg::Conninfo where = testing::server().conninfo();
};

// Makes each single change on a fresh copy of tests/catalog/fixture.sql and looks whether it is seen.
class MutationBench {
public:
    MutationBench(const pg::Conninfo& server, int major);
    ~MutationBench();
    MutationBench(const MutationBench&) = delete;
    MutationBench& operator=(const MutationBench&) = delete;

    // How many changes were made: those that this version has, and that need no extension which it lacks.
    int run();

private:
    void server(std::string_view sql) const { testing::run_on(server_, sql); }
    void fresh() const;
    bool can_make(const Mutation& mutation) const;
    void make(const Mutation& mutation, const Snapshot& untouched) const;

    pg::Conninfo server_;
    pg::Conninfo where_;
    int major_;
    bool has_extensions_;
};

}  // namespace drydock::catalog
