#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/json.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/migrate_text.h"
#include "cli/session.h"
#include "migrate/report_json.h"
#include "pg_server/embedded.h"

// pg: the PostgreSQL server of our own.
namespace drydock::cli {
namespace {

namespace json = boost::json;

constexpr std::chrono::minutes kStart{2};
constexpr std::chrono::minutes kStop{2};
constexpr int kNotRunning = 2;

// What libpq takes from the environment, so that nothing secret stands where `ps` shows it.
constexpr std::array<std::pair<std::string_view, const char*>, 5> kVariables{{
    {"host", "PGHOST"},
    {"port", "PGPORT"},
    {"user", "PGUSER"},
    {"password", "PGPASSWORD"},
    {"dbname", "PGDATABASE"},
}};

std::string_view name(pg_server::State state) {
    switch (state) {
        case pg_server::State::absent:
            return "absent";
        case pg_server::State::stopped:
            return "stopped";
        case pg_server::State::running:
            return "running";
    }
    return {};
}

std::string time_text(std::chrono::system_clock::time_point time) {
    const auto seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return {text.data(), length};
}

json::object status_json(const pg_server::Status& status) {
    json::object object{{"state", json_text(name(status.state))}, {"data_dir", json_text(status.data_dir.string())}};
    if (status.version > 0) object["version"] = status.version;
    if (status.state != pg_server::State::running) return object;
    object["pid"] = status.pid;
    object["port"] = status.port;
    object["log_file"] = json_text(status.log_file.string());
    object["started_at"] = json_text(time_text(status.started_at));
    return object;
}

std::string status_text(const pg_server::Status& status) {
    const auto data = printable(status.data_dir.string());
    switch (status.state) {
        case pg_server::State::absent:
            return fmt::format("there is no embedded PostgreSQL in {} yet\nmake it with: drydock pg start\n", data);
        case pg_server::State::stopped:
            return fmt::format(
                "PostgreSQL {} in {} does not run\nstart it with: drydock pg start\n", status.version / 10000, data
            );
        case pg_server::State::running:
            return fmt::format(
                "PostgreSQL {} runs since {}\n  data  {}\n  port  {} on 127.0.0.1\n  pid   {}\n  log   {}\n",
                server_version(status.version),
                time_text(status.started_at),
                data,
                status.port,
                status.pid,
                printable(status.log_file.string())
            );
    }
    return {};
}

Result<int> say_status(Session& session, const pg_server::EmbeddedOptions& options, bool exit_code, bool answer) {
    DRYDOCK_TRY(const auto status, pg_server::embedded_status(options));
    if (session.json())
        session.print_json(status_json(status));
    else if (answer)
        session.print(status_text(status));
    else
        session.tell(status_text(status));
    return exit_code && status.state != pg_server::State::running ? kNotRunning : 0;
}

Result<int> start(Session& session) {
    DRYDOCK_TRY(const auto options, session.embedded());
    DRYDOCK_TRY_VOID(pg_server::start_embedded(options, session.limits().at_most(kStart)));
    return say_status(session, options, false, false);
}

Result<int> stop(Session& session) {
    DRYDOCK_TRY(const auto options, session.embedded());
    DRYDOCK_TRY_VOID(pg_server::stop_embedded(options, session.limits().at_most(kStop)));
    return say_status(session, options, false, false);
}

Result<int> status(Session& session, bool exit_code) {
    DRYDOCK_TRY(const auto options, session.embedded());
    return say_status(session, options, exit_code, true);
}

Result<int> url(Session& session, bool tcp) {
    DRYDOCK_TRY(const auto options, session.embedded());
    DRYDOCK_TRY(
        const auto where, tcp ? pg_server::embedded_tcp_conninfo(options) : pg_server::embedded_conninfo(options)
    );
    if (session.json())
        session.print_json(json::object{{"url", json_text(where.url())}});
    else
        session.print(where.url() + "\n");
    return 0;
}

// Debian's own psql picks a version by cluster; the one beside the server is the one that fits it.
std::string psql_program(const pg_server::EmbeddedOptions& options) {
    auto binaries = options.binaries;
    if (!binaries) {
        const auto status = pg_server::embedded_status(options);
        auto found = status && status->version > 0 ? pg_server::find_binaries_of_major(status->version / 10000)
                                                   : pg_server::find_binaries();
        if (found) binaries = *std::move(found);
    }
    if (binaries && ::access(binaries->program("psql").c_str(), X_OK) == 0) return binaries->program("psql").string();
    return "psql";
}

Result<int> psql(Session& session) {
    DRYDOCK_TRY(const auto options, session.embedded());
    DRYDOCK_TRY(const auto where, pg_server::start_embedded(options, session.limits().at_most(kStart)));
    for (const auto& [keyword, variable] : kVariables) {
        const auto value = where.get(keyword);
        if (value.empty())
            ::unsetenv(variable);
        else
            ::setenv(variable, value.c_str(), 1);
    }
    // What else the caller's environment says of a server is about another one.
    for (const auto* const other : {"PGHOSTADDR", "PGSERVICE", "PGPASSFILE", "PGSSLMODE", "PGTARGETSESSIONATTRS"}) {
        ::unsetenv(other);
    }
    auto program = psql_program(options);
    auto rest = session.rest();
    std::vector<char*> argv{program.data()};
    for (auto& argument : rest) argv.push_back(argument.data());
    argv.push_back(nullptr);
    session.signals().let_go();
    ::execvp(program.c_str(), argv.data());
    return Error{
        .code = ErrorCode::not_found,
        .message = fmt::format("psql could not be started: {}", std::strerror(errno)),
        .hint = "install postgresql-client, or name the folder with it with --pg-bin"
    };
}

}  // namespace

void declare_pg(Arguments& arguments) {
    arguments.noun("pg", "The embedded PostgreSQL: a private server that needs no setting up");
    arguments.verb("pg", "start", "Make it when there is none, start it when it does not run", start)
        .example("drydock pg start")
        .example("drydock pg start --data-dir ./pg");
    arguments.verb("pg", "stop", "Stop it; its data stays", stop).example("drydock pg stop");

    const auto exit_code = std::make_shared<bool>(false);
    arguments
        .verb("pg", "status", "Whether it runs, and where", [exit_code](Session& s) { return status(s, *exit_code); })
        .flag("--exit-code", *exit_code, "End with 2 when it does not run")
        .example("drydock pg status --json");

    const auto tcp = std::make_shared<bool>(false);
    arguments
        .verb(
            "pg",
            "url",
            "The address of the running server, with its password",
            [tcp](Session& s) { return url(s, *tcp); }
        )
        .flag("--tcp", *tcp, "Over the loopback port, for programs that know no Unix sockets")
        .example("psql \"$(drydock pg url)\"")
        .example("DATABASE_URL=\"$(drydock pg url --tcp)\" ./server");

    arguments.verb("pg", "psql", "Start psql on it; all that drydock does not know goes on to psql", psql)
        .passes_on()
        .example("drydock pg psql")
        .example("drydock pg psql -c 'SELECT version()'");
}

}  // namespace drydock::cli
