#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/process.h"
#include "testing/postgres.h"

// What the tests of the whole program share: a folder to stand in, a database, and the built binary.
namespace drydock::cli {

// A folder of its own, gone at the end. Others may enter it: the embedded server of root runs as another user.
class TestFolder {
public:
    TestFolder() {
        auto pattern = (std::filesystem::temp_directory_path() / "drydock-cli-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << "no folder for the test";
        path_ = pattern;
        std::filesystem::permissions(path_, std::filesystem::perms{0755});
    }
    TestFolder(const TestFolder&) = delete;
    TestFolder& operator=(const TestFolder&) = delete;
    ~TestFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::filesystem::path& path() const { return path_; }
    void write(const std::string& name, std::string_view text) const {
        std::filesystem::create_directories((path_ / name).parent_path());
        const auto written = write_file(path_ / name, text);
        EXPECT_TRUE(written) << (written ? "" : written.error().message);
    }
    std::string read(const std::string& name) const {
        auto text = read_file(path_ / name);
        return text ? *std::move(text) : "(none)";
    }
    bool has(const std::string& name) const { return std::filesystem::exists(path_ / name); }

private:
    std::filesystem::path path_;
};

struct Answer {
    int exit_code = -1;
    std::string out;
    std::string err;

    boost::json::value json() const {
        boost::json::error_code error;
        auto value = boost::json::parse(out, error);
        EXPECT_FALSE(error) << "not one JSON document: " << out;
        return value;
    }
    std::string json_at(const std::string& pointer) const {
        const auto value = json();
        boost::json::error_code error;
        const auto* const found = value.find_pointer(pointer, error);
        if (found == nullptr) return "(none)";
        if (const auto* const text = found->if_string()) return std::string{text->begin(), text->end()};
        return boost::json::serialize(*found);
    }
};

// Without the variables of whoever runs the tests, but for what finds programs and sanitizers.
inline std::vector<std::string> clean_environment() {
    std::vector<std::string> variables;
    for (const char* name :
         {"PATH", "HOME", "TMPDIR", "DRYDOCK_PG_BIN", "DRYDOCK_PG_USER", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"
         }) {
        if (const char* const value = std::getenv(name)) variables.push_back(fmt::format("{}={}", name, value));
    }
    return variables;
}

class ProgramTest : public ::testing::Test {
protected:
    // Runs drydock in the test's folder, with no terminal anywhere.
    Answer drydock(const std::vector<std::string>& arguments) {
        const auto err = folder.path() / ".stderr";
        const auto out = folder.path() / ".stdout";
        Command command{
            .argv = {"/usr/bin/env", "-i"},
            .directory = folder.path().string(),
        };
        for (const auto& list : {clean_environment(), environment}) {
            command.argv.insert(command.argv.end(), list.begin(), list.end());
        }
        for (const auto& word :
             {std::string{"/bin/sh"},
              std::string{"-c"},
              std::string{R"(out=$1; err=$2; shift 2; exec "$@" >"$out" 2>"$err")"},
              std::string{"sh"},
              out.string(),
              err.string(),
              std::string{DRYDOCK_BINARY}}) {
            command.argv.push_back(word);
        }
        command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
        const auto result = run(command, Limits::within(std::chrono::seconds{120}));
        Answer answer{.exit_code = result ? result->exit_code : -1};
        EXPECT_TRUE(result) << (result ? "" : result.error().message + result.error().detail);
        answer.out = folder.read(".stdout");
        answer.err = folder.read(".stderr");
        return answer;
    }

    TestFolder folder;
    std::vector<std::string> environment;
};

// With a database of its own in DATABASE_URL.
class DatabaseTest : public ProgramTest {
protected:
    DatabaseTest() { environment.push_back("DATABASE_URL=" + database.conninfo().url()); }
    std::string sql(std::string_view text) { return database.run(text); }

    ::drydock::testing::Database database;
};

}  // namespace drydock::cli
