// Every single change of a catalog is seen.
#include "catalog/mutations_pgtest.h"

#include <fmt/format.h>

#include "base/text.h"

namespace drydock::catalog {
namespace {

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

// The fixture where the programs come without the extensions that it uses.
std::string without_extensions(const std::string& fixture) {
    std::string result;
    for (const auto line : split(fixture, '\n')) {
        if (!line.starts_with("create extension")) result += std::string{line} + '\n';
    }
    return replaced(result, "citext", "text");
}

}  // namespace

std::vector<Mutation> mutations() {
    std::vector<Mutation> result;
    const auto file = test_file("mutations.txt");
    const auto statements = [](std::string_view text) { return replaced(std::string{text}, ";;", ";\n"); };
    for (const auto line : split(file, '\n')) {
        if (line.empty()) continue;
        const auto sql = line.substr(line.find('|') + 1);
        const auto mark = sql.find(" << ");
        Mutation mutation{.text = std::string{line}, .setup = {}, .change = statements(sql)};
        if (mark != std::string_view::npos) {
            mutation.setup = statements(sql.substr(0, mark));
            mutation.change = statements(sql.substr(mark + 4));
        }
        result.push_back(std::move(mutation));
    }
    return result;
}

MutationBench::MutationBench(const pg::Conninfo& server_conninfo, int major)
    : server_(server_conninfo), where_(server_conninfo), major_(major) {
    has_extensions_ =
        testing::run_on(server_, "SELECT count(*) FROM pg_available_extensions WHERE name = 'citext'") == "1";
    where_.set("dbname", "mut");
    server("DROP DATABASE IF EXISTS mut_template");
    server("CREATE DATABASE mut_template");
    auto origin = where_;
    origin.set("dbname", "mut_template");
    const auto fixture = test_file("fixture.sql");
    testing::run_on(origin, has_extensions_ ? fixture : without_extensions(fixture));
}

MutationBench::~MutationBench() {
    server("DROP DATABASE IF EXISTS mut");
    server("DROP DATABASE mut_template");
}

void MutationBench::fresh() const {
    server("DROP DATABASE IF EXISTS mut");
    server("CREATE DATABASE mut TEMPLATE mut_template");
}

bool MutationBench::can_make(const Mutation& mutation) const {
    const auto has = [&](std::string_view word) { return mutation.text.find(word) != std::string::npos; };
    if (!has_extensions_ && (has("extension") || has("btree (c with"))) return false;
    const bool of_15 = has("nulls not distinct") || has("security_invoker") || has("tables in schema") ||
                       has("where (id > 5)") || has("set table app.ref (id, k)");
    return major_ >= 15 || !of_15;
}

void MutationBench::make(const Mutation& mutation, const Snapshot& untouched) const {
    SCOPED_TRACE(mutation.text);
    fresh();
    if (!mutation.setup.empty()) testing::run_on(where_, mutation.setup);
    const auto before = mutation.setup.empty() ? untouched : snapshot_of(where_);
    testing::run_on(where_, mutation.change);
    const auto after = snapshot_of(where_);
    EXPECT_NE(before.hash(), after.hash());
    EXPECT_NE(as_text(before), as_text(after));
}

int MutationBench::run() {
    fresh();
    const auto untouched = snapshot_of(where_);
    if (untouched.objects.size() < 150) return 0;
    int made = 0;
    for (const auto& mutation : mutations()) {
        if (!can_make(mutation)) continue;
        make(mutation, untouched);
        ++made;
    }
    fresh();
    EXPECT_EQ(as_text(untouched), as_text(snapshot_of(where_)));
    return made;
}

namespace {

TEST(Changes, AreEachSeen) {
    MutationBench bench{testing::server().conninfo(), 15};
    EXPECT_EQ(bench.run(), 174);
}

}  // namespace
}  // namespace drydock::catalog
