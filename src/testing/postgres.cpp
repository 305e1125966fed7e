#include "testing/postgres.h"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace drydock::testing {
namespace {

constexpr std::chrono::seconds kStartTime{60};
constexpr std::chrono::seconds kStatementTime{120};

// Ends the test: GoogleTest takes this exception as "already reported".
[[noreturn]] void fail_test(const std::string& doing, const Error& error) {
    const auto text = fmt::format("{}: {} {}\n{}", doing, error.message, error.hint, error.detail);
    ADD_FAILURE() << text;
    throw ::testing::AssertionException(
        ::testing::TestPartResult(::testing::TestPartResult::kFatalFailure, __FILE__, __LINE__, text.c_str())
    );
}

template <class T>
T value_of(Result<T> result, const std::string& doing) {
    if (!result) fail_test(doing, result.error());
    return *std::move(result);
}

// The first value of the last statement that gave columns.
class LastValue final : public pg::MessageHandler {
public:
    void on_statement(std::size_t, const pg::Rows& result) override {
        value_.clear();
        if (result.size() > 0 && result.columns() > 0) value_ = std::string{result.text(0, 0)};
    }
    std::string_view next_copy_data(std::size_t) override { return {}; }
    std::string& value() { return value_; }

private:
    std::string value_;
};

pg::Connection connect_to(const pg::Conninfo& where) {
    return value_of(pg::Connection::open(where, Limits::within(kStartTime)), "connecting to the test server");
}

std::string next_name() {
    static std::atomic<int> count{0};
    return fmt::format("test_{}", ++count);
}

}  // namespace

pg_server::Throwaway& server() {
    static auto started = pg_server::Throwaway::start({}, Limits::within(kStartTime));
    if (!started) fail_test("starting the test server", started.error());
    return *started;
}

Database::Database() : name_(next_name()), conninfo_(server().conninfo()) {
    auto connection = connect_to(conninfo_);
    const auto made = connection.run_message("CREATE DATABASE " + name_, Limits::within(kStatementTime));
    if (!made) fail_test("creating database " + name_, made.error());
    conninfo_.set("dbname", name_);
}

Database::~Database() {
    // A test may have killed the server; the database goes with it in the end.
    auto connection = pg::Connection::open(server().conninfo(), Limits::within(kStartTime));
    if (!connection) return;
    const auto dropped = connection->run_message(
        fmt::format("DROP DATABASE IF EXISTS {} WITH (FORCE)", name_), Limits::within(kStatementTime)
    );
    if (!dropped) ADD_FAILURE() << "dropping database " << name_ << ": " << dropped.error().message;
}

pg::Connection Database::connect() const {
    return connect_to(conninfo_);
}

std::string Database::run(std::string_view sql) const {
    return run_on(conninfo_, sql);
}

std::string run_on(const pg::Conninfo& where, std::string_view sql) {
    auto connection = connect_to(where);
    LastValue last;
    const auto done = connection.run_message(sql, last, Limits::within(kStatementTime));
    if (!done) fail_test(fmt::format("running {}", sql), done.error());
    return std::move(last.value());
}

std::vector<pg_server::Binaries> other_versions() {
    std::vector<pg_server::Binaries> result;
    const char* const folders = std::getenv("DRYDOCK_TEST_POSTGRES");
    if (!folders) return result;
    for (const auto folder : split(folders, ':')) {
        if (!folder.empty()) result.push_back(value_of(pg_server::binaries_in(folder), "DRYDOCK_TEST_POSTGRES"));
    }
    return result;
}

}  // namespace drydock::testing
