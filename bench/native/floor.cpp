// The least any migration tool can do over libpq, so that a tool's figure can be read as a ratio to it.
//   floor each DIR URL      one message a migration: BEGIN; file; INSERT history; COMMIT
//   floor relaxed DIR URL   the same, and only the last commit waits for the disk, which has all before it then
//   floor whole DIR URL     every migration and its history row in one message and one transaction
//   floor commits N URL     prints the median milliseconds of a commit that writes one row
//   floor latency N URL     prints the median milliseconds of a round trip
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <libpq-fe.h>

namespace {

using Clock = std::chrono::steady_clock;
using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;

[[noreturn]] void fail(std::string_view what, std::string_view why) {
    std::fprintf(
        stderr,
        "floor: %.*s: %.*s\n",
        static_cast<int>(what.size()),
        what.data(),
        static_cast<int>(why.size()),
        why.data()
    );
    std::exit(1);
}

void run(PGconn* connection, const std::string& sql, std::string_view what) {
    PGresult* result = PQexec(connection, sql.c_str());
    const auto status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY)
        fail(what, PQerrorMessage(connection));
    PQclear(result);
}

std::string content(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) fail(path.string(), "cannot be read");
    std::ostringstream text;
    text << file.rdbuf();
    return std::move(text).str();
}

std::vector<std::filesystem::path> files_in(const char* folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

std::string with_history(PGconn* connection, const std::filesystem::path& path) {
    const std::string name = path.filename().string();
    char* quoted = PQescapeLiteral(connection, name.data(), name.size());
    std::string sql = content(path) + ";\nINSERT INTO floor_history (name) VALUES (" + quoted + ");\n";
    PQfreemem(quoted);
    return sql;
}

enum class Mode { each, relaxed, whole };

void migrate(PGconn* connection, const char* folder, Mode mode) {
    run(connection,
        "CREATE TABLE floor_history (name text PRIMARY KEY, applied_at timestamptz DEFAULT now())",
        "history table");
    const auto files = files_in(folder);
    std::string all;
    for (const auto& path : files) {
        const bool waits = mode != Mode::relaxed || path == files.back();
        const std::string begin = waits ? "BEGIN;\n" : "BEGIN;\nSET LOCAL synchronous_commit = off;\n";
        if (mode == Mode::whole)
            all += with_history(connection, path);
        else
            run(connection, begin + with_history(connection, path) + "COMMIT", path.string());
    }
    if (mode == Mode::whole) run(connection, "BEGIN;\n" + all + "COMMIT", folder);
}

void print_median(PGconn* connection, const std::string& sql, int times) {
    std::vector<double> milliseconds;
    for (int i = 0; i < times; ++i) {
        const auto start = Clock::now();
        run(connection, sql, sql);
        milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    std::sort(milliseconds.begin(), milliseconds.end());
    std::printf("%.3f\n", milliseconds[milliseconds.size() / 2]);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) fail("usage", "floor each|relaxed|whole|commits|latency DIR|COUNT URL");
    const std::string_view mode = argv[1];
    const Connection connection(PQconnectdb(argv[3]), PQfinish);
    if (PQstatus(connection.get()) != CONNECTION_OK) fail("connect", PQerrorMessage(connection.get()));
    if (mode == "each") {
        migrate(connection.get(), argv[2], Mode::each);
        return 0;
    }
    if (mode == "relaxed") {
        migrate(connection.get(), argv[2], Mode::relaxed);
        return 0;
    }
    if (mode == "whole") {
        migrate(connection.get(), argv[2], Mode::whole);
        return 0;
    }
    const int times = std::max(1, std::atoi(argv[2]));
    if (mode == "commits") {
        run(connection.get(), "CREATE TABLE floor_commits (at timestamptz)", "table");
        print_median(connection.get(), "INSERT INTO floor_commits VALUES (now())", times);
    } else if (mode == "latency") {
        print_median(connection.get(), "SELECT 1", times);
    } else {
        fail("usage", "unknown mode");
    }
}
