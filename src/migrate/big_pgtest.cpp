// Files bigger than anyone writes by hand.
#include <fstream>
#include <string>

#include <fmt/format.h>

#include "base/files.h"
#include "migrate/sandbox_pgtest.h"

namespace drydock::migrate {
namespace {

using std::chrono::minutes;

// Kilobytes of this process that are not the pages of a file.
std::size_t own_memory() {
    const auto status = read_file("/proc/self/status");
    const auto at = status ? status->find("RssAnon:") : std::string::npos;
    return at == std::string::npos ? 0 : std::stoul(status->substr(at + 8));
}

// The sanitizers keep books about each byte, in memory of their own.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

// Looks at the memory now and then while a run goes on.
class Meter final : public Progress {
public:
    void report(const ProgressEvent& event) override {
        if (event.kind == ProgressEvent::Kind::step && event.done % 1'000 != 0 && event.total > 1'000) return;
        most_ = std::max(most_, own_memory());
        steps_ = std::max(steps_, event.done);
    }
    void expect_below(std::size_t mib) const {
        const auto grown = (most_ - std::min(most_, before_)) / 1024;
        ::testing::Test::RecordProperty("grown_mib", static_cast<int>(grown));
        if (!kSanitized) {
            EXPECT_LT(grown, mib);
        }
    }
    std::int64_t steps() const { return steps_; }

private:
    std::size_t before_ = own_memory();
    std::size_t most_ = 0;
    std::int64_t steps_ = 0;
};

constexpr int kRows = 310'000;

// A row a line, of about a kilobyte.
void write_inserts(const std::filesystem::path& path, int rows, int wrong_row) {
    std::ofstream file{path};
    const std::string filler(960, 'x');
    file << "CREATE TABLE big (n int, t text);\n";
    for (int i = 0; i < rows; ++i) {
        file << (i == wrong_row ? "INSERT INTO big VALUEZ (" : "INSERT INTO big VALUES (") << i << ", 'ä" << filler
             << "');\n";
    }
}

TEST(BigFile, Of300MegabytesIsAppliedInBoundedMemory) {
    Sandbox box;
    write_inserts(box.dir() / "001_a.sql", kRows, -1);
    ASSERT_GT(std::filesystem::file_size(box.dir() / "001_a.sql"), std::size_t{290} << 20U);
    const auto project = *box.project();
    Meter meter;
    const auto report =
        succeeded(migrate::up({box.database.conninfo(), project, box.options}, {}, meter, Limits::within(minutes{4})));
    ASSERT_EQ(report.done.size(), 1U);
    EXPECT_EQ(report.done[0].rows, kRows);
    EXPECT_EQ(meter.steps(), kRows + 1);
    EXPECT_EQ(box.run("SELECT count(*) FROM big"), std::to_string(kRows));
    meter.expect_below(128);
    EXPECT_EQ(box.run("SELECT sql IS NULL AND raw_hash <> '' FROM drydock.migration"), "t") << "too big to keep";
}

TEST(BigFile, AnErrorInItsMiddleNamesTheLineAndLeavesNothing) {
    Sandbox box;
    write_inserts(box.dir() / "001_a.sql", 30'000, 17'000);
    const auto error = failed(box.up());
    EXPECT_EQ(error.sqlstate, "42601");
    EXPECT_EQ(error.place.line, 17'002U);
    EXPECT_EQ(error.place.column, 17U);
    EXPECT_TRUE(error.place.text.starts_with("INSERT INTO big VALUEZ (17000,"));
    EXPECT_FALSE(box.exists("big"));
    EXPECT_EQ(box.states(), "001_a=pending");
}

TEST(BigFile, OfOneStatementIsApplied) {
    Sandbox box;
    {
        std::ofstream file{box.dir() / "001_a.sql"};
        file << "CREATE TABLE big AS SELECT '";
        const std::string piece(1 << 20, 'y');
        for (int i = 0; i < 60; ++i) file << piece;
        file << "'::text AS t;\nSELECT nowhere;\n";
    }
    const auto project = *box.project();
    Meter meter;
    auto report = migrate::up({box.database.conninfo(), project, box.options}, {}, meter, Limits::within(minutes{4}));
    const auto error = failed(std::move(report));
    EXPECT_EQ(error.place.line, 2U);
    EXPECT_EQ(error.place.column, 8U);
    box.write("002_b.sql", "");
    std::filesystem::resize_file(
        box.dir() / "001_a.sql",
        std::filesystem::file_size(box.dir() / "001_a.sql") - std::string{"SELECT nowhere;\n"}.size()
    );
    succeeded(box.up());
    EXPECT_EQ(box.run("SELECT length(t) FROM big"), std::to_string(60 << 20));
    // The message, libpq's copies of it, and no more.
    meter.expect_below(420);
}

TEST(BigFile, OfCopyDataStreams) {
    Sandbox box;
    {
        std::ofstream file{box.dir() / "001_a.sql"};
        file << "CREATE TABLE big (n int, t text);\nCOPY big FROM stdin;\n";
        const std::string filler(200, 'z');
        for (int i = 0; i < 400'000; ++i) file << i << '\t' << filler << '\n';
        file << "\\.\n";
    }
    const auto project = *box.project();
    Meter meter;
    const auto report =
        succeeded(migrate::up({box.database.conninfo(), project, box.options}, {}, meter, Limits::within(minutes{4})));
    EXPECT_EQ(report.done[0].rows, 400'000);
    meter.expect_below(32);
}

}  // namespace
}  // namespace drydock::migrate
