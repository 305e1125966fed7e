#include "cli/graph.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace drydock::cli {
namespace {

migrate::Project project() {
    layouts::Folder folder{.dir = "migrations", .layout = "native"};
    folder.migrations.push_back({.id = "001_a", .number = "001"});
    folder.migrations.push_back({.id = "002_b", .number = "002", .header = {.dependencies = {{"001_a.sql", 1}}}});
    folder.migrations.push_back(
        {.id = "003_c \"x\"",
         .number = "003",
         .header = {.dependencies = {{"001_a.sql", 1}, {"002_b.sql", 1}}, .hold = layouts::HeaderValue{"why", 2}}}
    );
    auto built = migrate::Project::build(std::move(folder));
    EXPECT_TRUE(built);
    return *std::move(built);
}

TEST(Graph, AsTextSaysWhatEachNeeds) {
    EXPECT_EQ(graph_text(project()), "001_a\n002_b  needs 001_a\n003_c \"x\" (held)  needs 001_a, 002_b\n");
}

TEST(Graph, AsMermaidEscapesNames) {
    EXPECT_EQ(
        graph_mermaid(project()),
        "flowchart TD\n"
        "    m0[\"001_a\"]\n"
        "    m1[\"002_b\"]\n"
        "    m2[\"003_c #quot;x#quot; (held)\"]\n"
        "    m0 --> m1\n"
        "    m0 --> m2\n"
        "    m1 --> m2\n"
    );
}

TEST(Graph, AsDotEscapesNames) {
    const auto text = graph_dot(project());
    EXPECT_NE(text.find("\"003_c \\\"x\\\"\" [label=\"003_c \\\"x\\\" (held)\", style=dashed];"), std::string::npos)
        << text;
    EXPECT_NE(text.find("\"001_a\" -> \"002_b\";"), std::string::npos) << text;
}

TEST(Graph, AsJsonHoldsIdsAndNeeds) {
    EXPECT_EQ(
        boost::json::serialize(graph_json(project())),
        R"({"migrations":[{"id":"001_a","number":"001","needs":[]},{"id":"002_b","number":"002","needs":["001_a"]},)"
        R"({"id":"003_c \"x\"","number":"003","needs":["001_a","002_b"],"hold":"why"}]})"
    );
}

}  // namespace
}  // namespace drydock::cli
