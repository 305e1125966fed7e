#include "pg_server/postmaster.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/files.h"
#include "base/text.h"

namespace drydock::pg_server {
namespace {

constexpr std::chrono::milliseconds kTick{3};
constexpr std::size_t kShownLines = 12;
constexpr pid_t kNoProcess = (1 << 22) + 1;  // above the kernel's PID_MAX_LIMIT

struct FailurePattern {
    std::string_view text;
    StartFailure failure;
};

// Parts of the server's own messages, which are in English: it runs with LC_ALL=C until it has read its settings.
constexpr std::array kPatterns{
    FailurePattern{"Address already in use", StartFailure::port_taken},
    FailurePattern{"could not create any TCP/IP sockets", StartFailure::port_taken},
    FailurePattern{"No space left on device", StartFailure::disk_full},
    FailurePattern{"Disk quota exceeded", StartFailure::disk_full},
    FailurePattern{"is still in use", StartFailure::old_processes},
    FailurePattern{"could not create shared memory segment", StartFailure::no_shared_memory},
    FailurePattern{"could not map anonymous shared memory", StartFailure::no_shared_memory},
    FailurePattern{"could not create semaphores", StartFailure::no_shared_memory},
    FailurePattern{"could not open shared memory segment", StartFailure::no_shared_memory},
    FailurePattern{"could not resize shared memory segment", StartFailure::no_shared_memory},
    FailurePattern{"are incompatible with server", StartFailure::wrong_version},
    FailurePattern{"Permission denied", StartFailure::no_permission},
    FailurePattern{"has wrong ownership", StartFailure::no_permission},
    FailurePattern{"has invalid permissions", StartFailure::no_permission},
};

std::string_view advice(StartFailure failure) {
    switch (failure) {
        case StartFailure::port_taken:
            return "another program has the port; try again, another one is taken then";
        case StartFailure::disk_full:
            return "make room on the disk that holds the data folder";
        case StartFailure::no_permission:
            return "the data folder must belong to the user that runs the server, mode 0700";
        case StartFailure::no_shared_memory:
            return "the system gives too little shared memory: enlarge /dev/shm (containers: --shm-size) or "
                   "kernel.shmmax";
        case StartFailure::old_processes:
            return "processes of the server's last life still run; end them and try again";
        case StartFailure::wrong_version:
            return "the data folder was made by another major version; set DRYDOCK_PG_BIN to it";
        case StartFailure::other:
            return "the server's log says more";
    }
    return {};
}

template <class Number>
std::optional<Number> number(std::string_view text) {
    text = trim(text);
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

std::optional<PostmasterFile> parse_postmaster_file(std::string_view text) {
    enum Line : std::size_t { pid, data_dir, start, port, socket_dir, listen, memory, status, kLines };
    const auto lines = split(text, '\n');
    if (lines.size() <= Line::socket_dir) return std::nullopt;
    const auto server = number<pid_t>(lines[Line::pid]);
    if (!server) return std::nullopt;
    PostmasterFile file{.pid = *server < 0 ? -*server : *server};  // negative: a single-user server
    file.started_at = number<std::int64_t>(lines[Line::start]).value_or(0);
    file.port = number<int>(lines[Line::port]).value_or(0);
    file.socket_dir = trim(lines[Line::socket_dir]);
    if (lines.size() > Line::status) file.status = trim(lines[Line::status]);
    return file;
}

std::optional<PostmasterFile> read_postmaster_file(const std::filesystem::path& pgdata) {
    const auto text = read_file(pgdata / "postmaster.pid");
    if (!text) return std::nullopt;
    return parse_postmaster_file(*text);
}

Result<std::optional<ProcessHandle>> find_postmaster(const std::filesystem::path& pgdata) {
    const auto file = read_postmaster_file(pgdata);
    if (!file || file->pid <= 1) return std::optional<ProcessHandle>{};
    // The handle first: what is found out below is then about this very process.
    DRYDOCK_TRY(auto server, ProcessHandle::open(file->pid));
    if (!server || server->ended()) return std::optional<ProcessHandle>{};
    // A postmaster's working folder is its data folder.
    const std::filesystem::path process = fmt::format("/proc/{}", file->pid);
    std::error_code error;
    const auto folder = std::filesystem::read_symlink(process / "cwd", error);
    if (error) {
        if (server->ended()) return std::optional<ProcessHandle>{};
        // Another user's process: a server of this folder would be ours.
        if (error == std::errc::permission_denied) return std::optional<ProcessHandle>{};
        return file_error("looking at", process, error.value());
    }
    const auto program = std::filesystem::read_symlink(process / "exe", error).filename().string();
    const bool same = std::filesystem::equivalent(folder, pgdata, error) && !error;
    if (!same || !program.starts_with("postgres")) return std::optional<ProcessHandle>{};
    return server;
}

Result<> disarm_stale_file(const std::filesystem::path& pgdata, const std::optional<SystemUser>& user) {
    const auto file = pgdata / "postmaster.pid";
    const auto text = read_file(file);
    if (!text) return text.error().code == ErrorCode::not_found ? Result<>{} : Result<>{text.error()};
    const auto rest = text->find('\n');
    if (rest == std::string::npos) return {};
    return write_owned(file, fmt::format("{}{}", kNoProcess, text->substr(rest)), user);
}

ServerLog ServerLog::from_here(std::filesystem::path file) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    return {.file = std::move(file), .start = error ? 0 : size};
}

std::string ServerLog::tail() const {
    const auto text = read_file(file);
    if (!text) return {};
    const auto own = trim(std::string_view{*text}.substr(std::min<std::size_t>(start, text->size())));
    const auto lines = split(own, '\n');
    std::string result;
    for (std::size_t i = lines.size() > kShownLines ? lines.size() - kShownLines : 0; i < lines.size(); ++i) {
        if (!result.empty()) result += '\n';
        result += lines[i];
    }
    return result;
}

Result<PostmasterFile> wait_until_ready(
    const std::filesystem::path& pgdata, const ProcessHandle& server, const ServerLog& log, const Limits& limits
) {
    for (;;) {
        if (server.ended(kTick)) return start_failed(log);
        auto file = read_postmaster_file(pgdata);
        // The file of a crashed predecessor stands there until the new server overwrites it.
        if (file && file->pid == server.pid() && file->status == "ready") return std::move(*file);
        if (auto over = limits_over(limits, "waiting for the server to take connections")) {
            over->detail = log.tail();
            return std::move(*over).with_hint("its log: " + log.file.string());
        }
    }
}

StartFailure classify_start_failure(std::string_view log) {
    for (const auto& pattern : kPatterns) {
        if (log.find(pattern.text) != std::string_view::npos) return pattern.failure;
    }
    return StartFailure::other;
}

Error start_failed(const ServerLog& log) {
    const auto tail = log.tail();
    const auto failure = classify_start_failure(tail);
    return {
        .code = ErrorCode::unavailable,
        .message = fmt::format("the PostgreSQL server did not start; the end of {}:\n{}", log.file.string(), tail),
        .hint = std::string{advice(failure)},
        .detail = tail
    };
}

}  // namespace drydock::pg_server
