#include "testing/mongo_server.h"

#include <charconv>
#include <cstdlib>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/hash.h"
#include "base/process.h"
#include "pg_server/file_lock.h"

namespace drydock::testing {
namespace {

namespace fs = std::filesystem;

struct Program {
    fs::path path{};
    std::string missing{};
};

Result<std::string> content_of(const fs::path& source) {
    Sha256 hash;
    for (const char* name : {"go.mod", "go.sum", "main.go"}) {
        DRYDOCK_TRY(const auto text, read_file(source / name));
        hash.update(text);
    }
    return hash.hex().substr(0, 16);
}

// Once for each content; other test programs that start at the same time wait for the first.
Result<fs::path> build() {
    const fs::path root = fs::path{__FILE__}.parent_path().parent_path().parent_path();
    const auto source = root / "tests" / "ferretdb";
    DRYDOCK_TRY(const auto content, content_of(source));
    const auto folder = root / "build" / "ferretdb";
    std::error_code ignored;
    fs::create_directories(folder, ignored);
    const auto limits = Limits::within(std::chrono::minutes{15});
    using pg_server::FileLock;
    DRYDOCK_TRY(const auto lock, FileLock::take(folder / "lock", FileLock::Mode::exclusive, limits));
    const auto program = folder / ("ferretdb-" + content);
    if (fs::exists(program)) return program;
    const Command command{
        .argv = {"go", "build", "-trimpath", "-buildvcs=false", "-o", program.string() + ".new", "."},
        .environment = {"CGO_ENABLED=0"},
        .directory = source.string()
    };
    DRYDOCK_TRY(const auto done, run(command, limits));
    if (done.exit_code != 0) return Error{.code = ErrorCode::failed, .message = "go build: " + done.output};
    fs::rename(program.string() + ".new", program);
    return program;
}

const Program& program() {
    static const Program found = [] {
        auto built = build();
        return built ? Program{.path = *built} : Program{.missing = built.error().message};
    }();
    return found;
}

}  // namespace

std::optional<std::string> MongoServer::missing() {
    if (program().missing.empty()) return {};
    if (std::getenv("CI")) ADD_FAILURE() << program().missing;
    return "the test's MongoDB server (tests/ferretdb) could not be built: " + program().missing;
}

MongoServer::MongoServer(const MongoSettings& settings) {
    std::vector<std::string> argv{program().path.string(), "-folder", folder_.path().string()};
    if (!settings.user.empty()) {
        argv.insert(argv.end(), {"-user", settings.user, "-password", settings.password});
    }
    if (settings.tls) {
        argv.insert(argv.end(), {"-certificate", settings.tls->certificate, "-key", settings.tls->key});
        if (!settings.tls_authority.empty()) argv.insert(argv.end(), {"-authority", settings.tls_authority});
    }
    process_ = std::make_unique<ChildProcess>(std::move(argv), folder_.path());
    const auto line = process_->wait_for_line("listening on ");
    EXPECT_FALSE(line.empty()) << process_->output();
    const auto digits = line.substr(line.rfind(' ') + 1);
    std::from_chars(digits.data(), digits.data() + digits.size(), port_);
}

}  // namespace drydock::testing
