#include "testing/oidc_provider.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/hash.h"
#include "base/process.h"
#include "base/text.h"
#include "pg_server/file_lock.h"

namespace drydock::testing {
namespace {

namespace fs = std::filesystem;

struct Folder {
    fs::path path{};
    std::string missing{};
};

constexpr const char* kFiles[] = {"package.json", "package-lock.json", "server.js", "browse.js"};

// Once for each content; other test programs that start at the same time wait for the first.
Result<fs::path> fetch() {
    const fs::path root = fs::path{__FILE__}.parent_path().parent_path().parent_path();
    const auto source = root / "tests" / "oidc";
    Sha256 hash;
    for (const char* name : kFiles) {
        DRYDOCK_TRY(const auto text, read_file(source / name));
        hash.update(text);
    }
    const auto base = root / "build" / "oidc";
    std::error_code ignored;
    fs::create_directories(base, ignored);
    const auto limits = Limits::within(std::chrono::minutes{10});
    using pg_server::FileLock;
    DRYDOCK_TRY(const auto lock, FileLock::take(base / "lock", FileLock::Mode::exclusive, limits));
    const auto ready = base / hash.hex().substr(0, 16);
    if (fs::exists(ready)) return ready;
    const auto folder = fs::path{ready.string() + ".new"};
    fs::remove_all(folder, ignored);
    fs::create_directories(folder, ignored);
    for (const char* name : kFiles) fs::copy_file(source / name, folder / name);
    const Command command{
        .argv = {"npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"}, .directory = folder.string()
    };
    DRYDOCK_TRY(const auto done, run(command, limits));
    if (done.exit_code != 0) return Error{.code = ErrorCode::failed, .message = "npm ci: " + done.output};
    fs::rename(folder, ready);
    return ready;
}

const Folder& folder() {
    static const Folder found = [] {
        auto fetched = fetch();
        return fetched ? Folder{.path = *fetched} : Folder{.missing = fetched.error().message};
    }();
    return found;
}

}  // namespace

std::optional<std::string> OidcServer::missing() {
    if (folder().missing.empty()) return {};
    if (std::getenv("CI")) ADD_FAILURE() << folder().missing;
    return "the test's OpenID Connect provider (tests/oidc) could not be fetched: " + folder().missing;
}

OidcServer::OidcServer(const std::string& redirect_uri)
    : redirect_uri_(redirect_uri),
      process_(std::make_unique<ChildProcess>(
          std::vector<std::string>{"node", (folder().path / "server.js").string(), redirect_uri}, folder().path
      )) {
    const auto line = process_->wait_for_line("listening on ");
    EXPECT_FALSE(line.empty()) << process_->output();
    issuer_ = line.substr(line.rfind(' ') + 1);
}

std::string OidcServer::browse(const std::string& address) const {
    const auto done =
        run({.argv = {"node", (folder().path / "browse.js").string(), address, redirect_uri_}},
            Limits::within(std::chrono::minutes{1}));
    EXPECT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->exit_code, 0) << done->output << process_->output();
    return std::string{trim(done->output)};
}

}  // namespace drydock::testing
