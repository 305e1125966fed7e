#include <cstdlib>
#include <filesystem>

#include "api/routes.h"
#include "app/server_pgtest.h"
#include "base/files.h"
#include "http/openapi.h"

// The documents that are made from the routes of a server that runs.
namespace drydock::app {
namespace {

const std::filesystem::path kDocs = std::filesystem::path{__FILE__}.parent_path() / "../../docs";

class DocumentsTest : public ServerTest {
protected:
    // UPDATE_DOCS=1 in the environment writes it.
    static void expect_file(const char* name, const std::string& text) {
        const auto page = kDocs / name;
        if (std::getenv("UPDATE_DOCS") != nullptr) {
            ASSERT_TRUE(write_file(page, text));
        }
        const auto committed = read_file(page);
        ASSERT_TRUE(committed) << committed.error().message;
        EXPECT_TRUE(*committed == text) << "docs/" << name << " is old: run this test with UPDATE_DOCS=1";
    }
};

TEST_F(DocumentsTest, ThePageOfTheApiIsWhatTheRoutesSay) {
    expect_file("api.md", http::markdown(server_->routes(), api::info("0")));
}

TEST_F(DocumentsTest, TheOpenApiDocumentIsServedToAnyone) {
    const auto served = get("/api/v2/openapi.json");
    EXPECT_EQ(served.status, 200U);
    EXPECT_EQ(served.document(), json::value(http::openapi(server_->routes(), api::info("0.0-test"))));
}

TEST_F(DocumentsTest, EveryTagSaysWhatItIsAbout) {
    const auto about = api::info("0").tags;
    for (const auto& route : server_->routes())
        EXPECT_TRUE(std::ranges::any_of(about, [&](const auto& tag) { return tag.first == route.tag; })) << route.tag;
}

}  // namespace
}  // namespace drydock::app
