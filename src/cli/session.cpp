#include "cli/session.h"

#include <poll.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "cli/error_printer.h"
#include "layouts/folder.h"

namespace drydock::cli {
namespace {

constexpr std::chrono::minutes kServerStart{2};
constexpr int kAskAgainMs = 100;
constexpr std::size_t kWarningsShown = 10;

Terminal terminal_of(int descriptor, const CommonOptions& common) {
    auto terminal = Terminal::of(descriptor);
    if (common.no_color) terminal.colours = false;
    return terminal;
}

// A line from the terminal; nothing when it ends or the wait is called off.
std::optional<std::string> read_line(const std::stop_token& stop) {
    std::string line;
    while (!stop.stop_requested()) {
        pollfd wait{STDIN_FILENO, POLLIN, 0};
        if (::poll(&wait, 1, kAskAgainMs) <= 0) continue;
        char c = 0;
        if (::read(STDIN_FILENO, &c, 1) != 1) return std::nullopt;
        if (c == '\n') return line;
        line += c;
    }
    return std::nullopt;
}

}  // namespace

Session::Session(CommonOptions common, std::vector<std::string> rest, Signals& signals)
    : common_(std::move(common)),
      rest_(std::move(rest)),
      signals_(signals),
      out_(terminal_of(STDOUT_FILENO, common_)),
      err_(terminal_of(STDERR_FILENO, common_)),
      progress_({.terminal = err_, .quiet = common_.quiet}) {}

Result<> Session::load_settings() {
    config::LoadOptions options;
    options.file = common_.config_file;
    options.options = common_.settings;
    DRYDOCK_TRY(settings_, config::Settings::load(options));
    // The server's user is asked for where a server is started, deep below: it reads the environment.
    if (settings_->given("pg.user")) ::setenv("DRYDOCK_PG_USER", settings_->text("pg.user").c_str(), 1);
    return {};
}

void Session::write(std::string_view text) {
    progress_.clear();
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() && write_error_ == 0) write_error_ = errno;
}

void Session::print(std::string_view text) {
    write(text);
}

void Session::print_json(const boost::json::value& document) {
    write(boost::json::serialize(document) + "\n");
}

void Session::tell(std::string_view text) {
    if (!common_.quiet) write(text);
}

void Session::note(std::string_view text) {
    if (common_.quiet) return;
    progress_.clear();
    fmt::print(stderr, "{}\n", painted(Tone::faint, printable(text), err_));
}

void Session::warn(std::string_view text) {
    progress_.clear();
    fmt::print(stderr, "{} {}\n", painted(Tone::warn, "warning:", err_), printable(text));
}

void Session::warn(const std::vector<std::string>& texts) {
    for (std::size_t i = 0; i < std::min(texts.size(), kWarningsShown); ++i) warn(texts[i]);
    if (texts.size() > kWarningsShown) warn(fmt::format("and {} more like these", texts.size() - kWarningsShown));
}

int Session::fail(const Error& error) {
    if (common_.json) {
        write(error_json(error) + "\n");
        return traits(error.code).exit_code;
    }
    return fail_beside_json(error);
}

int Session::fail_beside_json(const Error& error) {
    std::fflush(stdout);
    progress_.clear();
    const auto text = error_text(error, err_);
    std::fwrite(text.data(), 1, text.size(), stderr);
    return traits(error.code).exit_code;
}

Result<> Session::flush() {
    if (std::fflush(stdout) != 0 && write_error_ == 0) write_error_ = errno;
    if (write_error_ == 0 || write_error_ == EPIPE) return {};  // who stops reading has read enough
    return Error{
        .code = ErrorCode::internal,
        .message = fmt::format("the results could not be written to standard output: {}", std::strerror(write_error_))
    };
}

Result<bool> Session::confirm(std::string_view question) {
    // What is asked about stands before the progress of doing it, in a pipe too.
    std::fflush(stdout);
    if (common_.yes) return true;
    if (common_.json || ::isatty(STDIN_FILENO) == 0 || ::isatty(STDERR_FILENO) == 0) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = "this needs a yes, and there is no terminal to ask at",
            .hint = "give --yes"
        };
    }
    progress_.clear();
    fmt::print(stderr, "{} [y/N] ", question);
    std::fflush(stderr);
    const auto line = read_line(signals_.token());
    if (signals_.token().stop_requested()) {
        return Error{.code = ErrorCode::cancelled, .message = "stopped on request; nothing was done"};
    }
    const auto answer = to_lower(trim(line.value_or("")));
    return answer == "y" || answer == "yes";
}

Result<pg_server::EmbeddedOptions> Session::embedded() const {
    pg_server::EmbeddedOptions options{.data_dir = settings_->text("data_dir")};
    if (options.data_dir.empty()) options.data_dir = pg_server::default_data_dir();
    if (settings_->given("pg_bin")) {
        DRYDOCK_TRY(options.binaries, pg_server::binaries_in(settings_->text("pg_bin")));
    }
    return options;
}

Result<pg::Conninfo> Session::target() {
    const auto& url = settings_->value("database_url");
    if (!url.text.empty()) {
        auto where = pg::Conninfo::parse(url.text);
        if (!where) return std::move(where).error().in(url.origin);
        if (where->get("application_name").empty()) where->set("application_name", "drydock");
        return where;
    }
    DRYDOCK_TRY(const auto options, embedded());
    const bool running = pg_server::embedded_conninfo(options).has_value();
    note(fmt::format(
        "no database_url is given: {} the embedded PostgreSQL in {}",
        running ? "using" : "starting",
        options.data_dir.string()
    ));
    DRYDOCK_TRY(auto where, pg_server::start_embedded(options, limits().at_most(kServerStart)));
    where.set("application_name", "drydock");
    return where;
}

Result<migrate::Project> Session::project() const {
    DRYDOCK_TRY(auto folder, layouts::read_native(settings_->text("dir")));
    return migrate::Project::build(std::move(folder));
}

migrate::Options Session::engine_options() const {
    const auto& s = *settings_;
    migrate::Options options;
    options.project = s.text("project");
    options.environment = s.text("env");
    options.client = client_name();
    const auto& late = s.text("migrate.late");
    options.late = late == "run"      ? migrate::LatePolicy::run
                   : late == "refuse" ? migrate::LatePolicy::refuse
                                      : migrate::LatePolicy::warn;
    const auto& missing = s.text("migrate.missing");
    options.missing = missing == "ignore"   ? migrate::MissingPolicy::ignore
                      : missing == "refuse" ? migrate::MissingPolicy::refuse
                                            : migrate::MissingPolicy::warn;
    options.connect_timeout = s.duration("connect_timeout");
    options.lock_timeout = s.duration("migrate.lock_timeout");
    options.lock_retries = static_cast<int>(std::min<std::int64_t>(s.count("migrate.lock_retries"), 1'000'000));
    options.statement_timeout = s.duration("migrate.statement_timeout");
    options.run_lock_wait = s.duration("migrate.lock_wait");
    options.lease = s.duration("migrate.lease");
    options.hook_timeout = s.duration("migrate.hook_timeout");
    options.durable_each = s.flag("migrate.durable_each");
    options.role = s.text("migrate.role");
    options.search_path = s.text("migrate.search_path");
    options.placeholders = [&s](std::string_view name) -> std::optional<std::string> {
        auto value = s.placeholder(name);
        if (!value) return std::nullopt;
        return std::move(value->text);
    };
    return options;
}

std::string client_name() {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
    std::array<char, 4096> memory{};
    passwd entry{};
    passwd* found = nullptr;
    ::getpwuid_r(::geteuid(), &entry, memory.data(), memory.size(), &found);
    const auto user = found != nullptr ? std::string{found->pw_name} : fmt::format("uid {}", ::geteuid());
    return host[0] == '\0' ? user : fmt::format("{}@{}", user, host.data());
}

}  // namespace drydock::cli
