#include "pg_server/cluster.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <random>
#include <vector>

#include <fmt/format.h>

#include "base/files.h"
#include "base/process.h"
#include "base/random.h"
#include "base/text.h"
#include "pg_server/exec_plan.h"

namespace drydock::pg_server {
namespace {

using std::filesystem::path;

constexpr int kFirstPort = 20000;
constexpr int kPorts = 12000;
constexpr int kTriedPorts = 64;

// Removes what it names unless told that it is finished.
class Unfinished {
public:
    explicit Unfinished(path what) : what_(std::move(what)) {}
    Unfinished(const Unfinished&) = delete;
    Unfinished& operator=(const Unfinished&) = delete;
    ~Unfinished() {
        std::error_code ignored;
        if (!what_.empty()) std::filesystem::remove_all(what_, ignored);
    }
    void finished() { what_.clear(); }

private:
    path what_;
};

Result<CommandResult> initdb(
    const ClusterPlan& plan,
    const path& folder,
    const path& password_file,
    std::string_view locale,
    const std::optional<SystemUser>& user,
    const Limits& limits
) {
    Command command{.argv = {"/usr/bin/env", "-i"}, .directory = "/"};
    for (auto& variable : server_environment()) command.argv.push_back(std::move(variable));
    // Finding the system's time zone out takes longer than the rest of a throw-away cluster's bootstrap.
    if (plan.throwaway) command.argv.emplace_back("TZ=UTC");
    command.argv.insert(
        command.argv.end(),
        {plan.binaries.program("initdb").string(),
         "-D",
         folder.string(),
         "-U",
         plan.owner,
         "--pwfile=" + password_file.string(),
         "--auth=scram-sha-256",
         "--encoding=UTF8",
         fmt::format("--locale={}", locale)}
    );
    if (plan.throwaway)
        command.argv.insert(command.argv.end(), {"--wal-segsize=1", "--no-sync"});
    else
        command.argv.emplace_back("--data-checksums");
    if (user) {
        command.user = user->uid;
        command.group = user->gid;
    }
    return run(command, limits);
}

Error initdb_failed(const CommandResult& result) {
    std::string_view hint = "what initdb printed says more";
    if (result.output.find("No space left") != std::string::npos)
        hint = "make room on the disk that holds the data folder";
    if (result.output.find("Permission denied") != std::string::npos) {
        hint = "the user that runs the server must be able to enter and write the data folder";
    }
    return {
        .code = ErrorCode::failed,
        .message = fmt::format("initdb could not make the database cluster:\n{}", trim(result.output)),
        .hint = std::string{hint},
        .detail = result.output
    };
}

bool can_listen(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);  // as the server does
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const void* const generic = &address;
    const bool free = ::bind(fd, static_cast<const sockaddr*>(generic), sizeof address) == 0 && ::listen(fd, 1) == 0;
    ::close(fd);
    return free;
}

}  // namespace

Result<> make_cluster(const ClusterPlan& plan, const std::optional<SystemUser>& user, const Limits& limits) {
    // A maker that was killed left a folder of another name.
    const path making = fmt::format("{}.{}.making", plan.pgdata.string(), random_hex(4));
    Unfinished folder{making};
    DRYDOCK_TRY_VOID(make_folder(making, 0700, user));
    const path password_file = making.string() + ".password";
    Unfinished password{password_file};
    DRYDOCK_TRY_VOID(write_owned(password_file, plan.password + "\n", user));
    DRYDOCK_TRY(auto result, initdb(plan, making, password_file, "C.UTF-8", user, limits));
    if (result.exit_code != 0 && result.output.find("invalid locale name") != std::string::npos) {
        DRYDOCK_TRY(result, initdb(plan, making, password_file, "C", user, limits));
    }
    if (result.exit_code != 0) return initdb_failed(result);
    DRYDOCK_TRY_VOID(write_owned(making / "pg_hba.conf", plan.hba, user));
    if (::rename(making.c_str(), plan.pgdata.c_str()) != 0) return file_error("making", plan.pgdata, errno);
    folder.finished();
    return {};
}

std::optional<int> cluster_major(const path& pgdata) {
    const auto text = read_file(pgdata / "PG_VERSION");
    if (!text) return std::nullopt;
    const auto digits = trim(*text);
    int major = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), major);
    return major > 0 ? std::optional{major} : std::nullopt;
}

Result<int> free_port(int wanted) {
    if (wanted > 0 && can_listen(wanted)) return wanted;
    std::random_device random;
    std::uniform_int_distribution<int> any{kFirstPort, kFirstPort + kPorts - 1};
    for (int tried = 0; tried < kTriedPorts; ++tried) {
        if (const int port = any(random); can_listen(port)) return port;
    }
    return Error{
        .code = ErrorCode::unavailable,
        .message = "no free TCP port was found on 127.0.0.1",
        .hint = "check that the loopback interface is up"
    };
}

std::string quoted_folder(const path& folder) {
    std::string result = "\"";
    for (const char c : folder.string()) {
        if (c == '"') result += '"';
        result += c;
    }
    return result + '"';
}

}  // namespace drydock::pg_server
