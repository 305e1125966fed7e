#include "migrate/project.h"

#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/random.h"
#include "migrate/hashes.h"
#include "migrate/road.h"

namespace drydock::migrate {
namespace {

class Folder {
public:
    Folder() : dir_(std::filesystem::temp_directory_path() / ("drydock-test-" + random_hex(6))) {
        std::filesystem::create_directories(dir_);
    }
    ~Folder() { std::filesystem::remove_all(dir_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    Folder& with(const std::string& name, std::string_view text = "") {
        std::filesystem::create_directories((dir_ / name).parent_path());
        EXPECT_TRUE(write_file(dir_ / name, text));
        return *this;
    }
    Result<Project> project() const {
        DRYDOCK_TRY(auto folder, layouts::read_native(dir_));
        return Project::build(std::move(folder));
    }
    std::string order() const {
        const auto project = this->project();
        if (!project) return "error: " + project.error().message;
        std::string text;
        for (const auto& migration : project->migrations()) text += (text.empty() ? "" : " ") + migration.id;
        return text;
    }
    Error error() const {
        const auto project = this->project();
        if (project) ADD_FAILURE() << "it was read";
        return project ? Error{} : project.error();
    }
    const std::filesystem::path& dir() const { return dir_; }

private:
    std::filesystem::path dir_;
};

TEST(Project, OrdersByTheValueOfNumbersOfAnyLength) {
    Folder f;
    f.with("10_b.sql")
        .with("9_a.sql")
        .with("20240101123000_d.sql")
        .with("0100_c.sql")
        .with("123456789012345678901234567890_e.sql");
    EXPECT_EQ(f.order(), "9_a 10_b 0100_c 20240101123000_d 123456789012345678901234567890_e");
}

TEST(Project, SharedNumbersFollowTheirDependenciesThenTheirNames) {
    Folder f;
    f.with("006_a_last.sql", "-- Dependencies: 006_m_middle.sql\n")
        .with("006_m_middle.sql", "-- Dependencies: 006_z_first.sql")
        .with("006_z_first.sql")
        .with("006_n_free.sql");
    EXPECT_EQ(f.order(), "006_n_free 006_z_first 006_m_middle 006_a_last");
}

TEST(Project, NamesTheFileAndLineOfAnUnknownDependency) {
    Folder f;
    f.with("001_users.sql").with("002_b.sql", "-- Migration: b\n-- Dependencies: 001_user.sql\n");
    const auto error = f.error();
    EXPECT_EQ(error.place.line, 2U);
    EXPECT_TRUE(error.place.file.ends_with("002_b.sql"));
    EXPECT_EQ(error.hint, "did you mean 001_users?");
}

TEST(Project, NamesTheCircle) {
    Folder f;
    f.with("001_a.sql", "-- Dependencies: 003_c")
        .with("002_b.sql", "-- Dependencies: 001_a")
        .with("003_c.sql", "-- Dependencies: 002_b");
    const auto error = f.error();
    EXPECT_EQ(error.message, "the dependencies go round in a circle: 001_a -> 003_c -> 002_b -> 001_a");
    EXPECT_EQ(error.place.line, 1U);
}

TEST(Project, RefusesTwoFilesWithOneNameInTwoFolders) {
    Folder f;
    f.with("x/001_a.sql").with("y/001_a.sql");
    EXPECT_NE(f.error().message.find("have one name"), std::string::npos);
}

TEST(Project, RefusesARollbackWithoutItsMigrationAndOneThatCouldBeForSeveral) {
    EXPECT_NE(
        Folder{}.with("rollback-001.sql").error().message.find("is the rollback of no migration"), std::string::npos
    );
    EXPECT_NE(
        Folder{}.with("001_a.sql").with("001_b.sql").with("rollback-001.sql").error().hint.find("rollback-001_a.sql"),
        std::string::npos
    );
    EXPECT_NE(
        Folder{}.with("001_a.sql", "-- Rollback: rollback-001.sql").error().message.find("which is not there"),
        std::string::npos
    );
}

TEST(Project, SkipsNoSqlFileInSilence) {
    EXPECT_NE(Folder{}.with("12-typo.sql").error().message.find("is no name of a migration"), std::string::npos);
    EXPECT_EQ(Folder{}.with("README.md").with(".hidden.sql").with("001_a.sql").order(), "001_a");
}

TEST(Project, SaysWhereAFileIsNotUtf8) {
    Folder f;
    f.with("001_a.sql", "SELECT 1;\nSELECT '\xE9';");
    EXPECT_EQ(f.error().place.line, 2U);
    EXPECT_EQ(f.error().place.column, 9U);
    EXPECT_NE(
        Folder{}.with("001_a.sql", std::string_view{"\xFF\xFES\0", 4}).error().message.find("UTF-16"), std::string::npos
    );
}

TEST(Project, SaysWhatIsWrongWithTheFolder) {
    const auto missing = layouts::read_native("/nowhere/at/all");
    EXPECT_EQ(missing.error().code, ErrorCode::not_found);
    Folder f;
    f.with("file.txt");
    EXPECT_NE(layouts::read_native(f.dir() / "file.txt").error().message.find("is a file"), std::string::npos);
    EXPECT_EQ(f.order(), "");
}

TEST(Header, ReadsListsNotesAndContinuations) {
    const auto header = layouts::parse_header(
        "\xEF\xBB\xBF-- Migration: Orders\n-- Purpose: keep them\n--   for ever\n-- Dependencies:\n--   - 001_a.sql "
        "(the tables)\n"
        "--   - 002_b.sql, 003_c\n-- Environment: staging, production\n-- Hold: not yet\n--\n-- Author: me\n-- "
        "Placeholders: SCHEMA\nSELECT 1;\n-- Hold: no header\n"
    );
    EXPECT_EQ(header.title, "Orders");
    EXPECT_EQ(header.purpose, "keep them for ever");
    ASSERT_EQ(header.dependencies.size(), 3U);
    EXPECT_EQ(header.dependencies[2].text, "003_c");
    EXPECT_EQ(header.dependencies[2].line, 6U);
    EXPECT_EQ(header.environments.size(), 2U);
    EXPECT_EQ(header.hold->text, "not yet");
    EXPECT_EQ(header.placeholders[0].text, "SCHEMA");
    EXPECT_TRUE(layouts::parse_header("-- Dependencies: none\nSELECT 1").dependencies.empty());
}

std::string road_of(std::string_view text, bool no_transaction = false) {
    const auto source = Source::stored(std::string{text}, "test.sql", {}, {});
    if (!source) return "error: " + source.error().message;
    const auto road = plan_road(*source, no_transaction);
    if (!road) return "error: " + road.error().message;
    std::string shape;
    for (const auto& step : road->steps) {
        shape += fmt::format(
            "{}{}{}[{},{})",
            shape.empty() ? "" : " ",
            step.kind == Step::Kind::group ? (step.begin ? "own" : "group") : "outside",
            step.rolls_back ? "-rolls-back" : "",
            step.first,
            step.last
        );
    }
    return shape + (road->atomic() ? " atomic" : " steps");
}

TEST(Road, IsOneTransactionWhereItCanBe) {
    EXPECT_EQ(road_of(""), " atomic");
    EXPECT_EQ(road_of("CREATE TABLE a (); CREATE TABLE b ()"), "group[0,2) atomic");
    EXPECT_EQ(road_of("BEGIN; CREATE TABLE a (); COMMIT;"), "own[1,2) atomic");
    EXPECT_EQ(road_of("BEGIN; CREATE TABLE a ();"), "own[1,2) atomic");
}

TEST(Road, GoesStepByStepWhereItMust) {
    EXPECT_EQ(
        road_of("CREATE TABLE a (n int); CREATE INDEX CONCURRENTLY i ON a (n); SELECT 1"),
        "group[0,1) outside[1,2) group[2,3) steps"
    );
    EXPECT_EQ(
        road_of("SELECT 0; BEGIN; SELECT 1; COMMIT; BEGIN; SELECT 2; ROLLBACK; SELECT 3"),
        "group[0,1) own[2,3) own-rolls-back[5,6) group[7,8) steps"
    );
    EXPECT_EQ(road_of("ALTER TYPE m ADD VALUE 'x'; INSERT INTO t VALUES ('x')"), "group[0,1) group[1,2) steps");
    EXPECT_EQ(road_of("ALTER TYPE m ADD VALUE 'x'; INSERT INTO t VALUES ('y')"), "group[0,2) atomic");
    EXPECT_EQ(road_of("SELECT 1; CALL p(); SELECT 2", true), "group[0,1) outside[1,2) group[2,3) steps");
    EXPECT_EQ(road_of("SELECT 1; COMMIT; VACUUM; BEGIN; SELECT 2"), "group[0,1) outside[2,3) own[4,5) steps");
}

TEST(Road, RefusesWhatTheServerWouldRefuseOnTheWay) {
    EXPECT_EQ(road_of("BEGIN; VACUUM; COMMIT"), "error: VACUUM can't run in the transaction that line 1 begins");
    EXPECT_EQ(road_of("BEGIN; BEGIN;"), "error: a transaction is open already, since line 1");
    EXPECT_EQ(road_of("ROLLBACK"), "error: ROLLBACK without a BEGIN before it");
    EXPECT_EQ(road_of("PREPARE TRANSACTION 'x'"), "error: PREPARE TRANSACTION is no part of a migration");
}

TEST(Hashes, AreBlindToMoreAndMore) {
    const auto ran = hashes_of("SELECT 1;\n-- one\n");
    EXPECT_EQ(compare(ran, hashes_of("SELECT 1;\n-- one\n")), Change::none);
    EXPECT_EQ(compare(ran, hashes_of("\xEF\xBB\xBFSELECT 1;\r\n-- one")), Change::line_ends);
    EXPECT_EQ(compare(ran, hashes_of("SELECT  1; -- two")), Change::comments);
    EXPECT_EQ(compare(ran, hashes_of("SELECT 2;\n-- one\n")), Change::code);
}

}  // namespace
}  // namespace drydock::migrate
