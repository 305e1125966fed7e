#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "pg/pool.h"
#include "targets/kinds.h"
#include "targets/postgres_greeting.h"
#include "targets/postgres_sign_in.h"
#include "targets/queries.h"

namespace drydock::targets {
namespace {

using Clock = Limits::Clock;

constexpr pg::Query kPing{"ping", "SELECT 1"};
constexpr pg::Query kVersion{"version", "SELECT pg_catalog.current_setting('server_version')"};
constexpr pg::Query kStandby{"standby", "SELECT pg_catalog.pg_is_in_recovery()"};
constexpr pg::Query kWho{"who", "SELECT current_user"};
// What a user has put before pg_catalog must not answer for it.
constexpr pg::Query kOwnPath{"search_path", "SELECT pg_catalog.set_config('search_path', 'pg_catalog', false)"};

struct Meaning {
    std::string_view name;
    Severity severity;
    std::string_view message;
};
constexpr std::array kMeanings{
    Meaning{"superuser", Severity::danger, "may do anything, on the server's operating system too"},
    Meaning{"createrole", Severity::danger, "may make and change roles, and so become others"},
    Meaning{"replication", Severity::danger, "may copy the whole cluster, all databases and password hashes in it"},
    Meaning{"bypassrls", Severity::danger, "passes row-level security: sees and changes all rows"},
    Meaning{"createdb", Severity::warning, "may make databases"},
    Meaning{"pg_execute_server_program", Severity::danger, "may run programs on the server's operating system"},
    Meaning{"pg_read_server_files", Severity::danger, "may read any file that the server can read"},
    Meaning{"pg_write_server_files", Severity::danger, "may write any file that the server can write"},
    Meaning{"pg_signal_backend", Severity::warning, "may end the sessions of others"},
    Meaning{"pg_read_all_data", Severity::warning, "may read all tables of all schemas"},
    Meaning{"pg_write_all_data", Severity::warning, "may change all tables of all schemas"},
    Meaning{"pg_create_subscription", Severity::warning, "may have the server connect to others"},
    Meaning{"admin_option", Severity::warning, "may give roles to others"},
    Meaning{"owns_database", Severity::warning, "owns the database, and may drop it"},
    Meaning{"owns_tables", Severity::warning, "owns tables: may drop them and switch off their policies and triggers"},
    Meaning{"create_in_schema", Severity::info, "may make tables and functions"},
    Meaning{"untrusted_language", Severity::danger, "may write functions in languages that reach the operating system"},
    Meaning{"untrusted_function", Severity::warning, "may call functions of languages that reach the operating system"},
    Meaning{"dblink", Severity::warning, "may have the server connect to other databases"},
    Meaning{"foreign_server", Severity::warning, "may read and write on other servers through this one"},
    Meaning{"foreign_data_wrapper", Severity::warning, "may have the server connect to servers of its choice"},
    Meaning{"server_file_function", Severity::danger, "may read or write files of the server"},
};

Right right_of(std::string_view name, std::string_view detail) {
    Right right{.name = std::string{name}, .detail = std::string{detail}};
    const auto* const found = std::ranges::find(kMeanings, name, &Meaning::name);
    if (found == kMeanings.end()) {
        right.message = "is a member of this predefined role";
    } else {
        right.severity = found->severity;
        right.message = found->message;
    }
    return right;
}

// Whether another host may do better.
bool next_may_help(const Error& error) {
    return error.code == ErrorCode::unavailable || error.code == ErrorCode::deadline_exceeded ||
           (error.code == ErrorCode::not_found && error.sqlstate.empty());
}

class Postgres final : public Target {
public:
    Postgres(Address address, const net::Dialler& dialler, TargetOptions options, net::TlsContext tls)
        : address_(std::move(address)),
          dialler_(dialler),
          options_(std::move(options)),
          tls_(std::move(tls)),
          ca_(address_.ca_pem),
          pool_({
              .where = {},
              .min = options_.pool.min,
              .max = options_.pool.max,
              .connect_timeout = options_.pool.connect_timeout,
              .idle_limit = options_.pool.idle,
              .lifetime = options_.pool.lifetime,
              .open = [this](const Limits& limits) { return open(limits); },
          }) {}

    const Address& address() const override { return address_; }
    TestReport test(const Limits& limits) override;

    Result<std::chrono::nanoseconds> health(const Limits& limits) override {
        DRYDOCK_TRY(const auto lease, pool_.acquire(limits));
        return ping(*lease, limits);
    }
    Result<std::string> version(const Limits& limits) override {
        DRYDOCK_TRY(const auto rows, ask(kVersion, limits));
        return std::string{rows.text(0, 0)};
    }
    Result<std::vector<NamedDatabase>> names(const Limits& limits) override;
    Result<Facts> facts(const Limits& limits) override;
    Result<Rights> rights(const Limits& limits) override {
        DRYDOCK_TRY(const auto lease, pool_.acquire(limits));
        return measure(*lease, limits);
    }

    Result<> add_password(std::string_view stored_form, const Limits& limits) override {
        const auto text = "ALTER ROLE CURRENT_USER PASSWORD " + pg::quote_literal(stored_form);
        DRYDOCK_TRY_VOID(ask({.name = "alter_role", .text = text}, limits));
        return {};
    }
    Result<> drop_password(std::string_view, const Limits&) override { return {}; }

    Result<pg::Conninfo> conninfo(bool writable, const Limits& limits) override;

    PoolFigures figures() const override;
    void tend(const Limits& limits) override {
        // What could not be opened is told to the next caller.
        (void)pool_.tend(limits).has_value();
    }

private:
    // Whether a connection is to one of the hosts that are wanted.
    using Accept = std::function<Result<bool>(pg::Connection&, const Limits&)>;
    Result<pg::Connection> open(const Limits& limits, const Accept& accept = {});
    Result<pg::Connection> open_host(const Host& host, const Limits& limits, net::Timing* timing);
    Result<Proof> proof_of(const Host& host, const Limits& limits, net::Timing& timing);
    void forget(const Host& host);
    const net::TlsContext* tls() const { return address_.tls_mode() == net::TlsMode::off ? nullptr : &tls_; }

    Result<pg::Rows> ask(const pg::Query& query, const Limits& limits) {
        DRYDOCK_TRY(const auto lease, pool_.acquire(limits));
        return lease->query(query, limits);
    }
    static Result<std::chrono::nanoseconds> ping(pg::Connection& connection, const Limits& limits) {
        const auto begun = Clock::now();
        DRYDOCK_TRY_VOID(connection.query(kPing, limits));
        return Clock::now() - begun;
    }
    static Result<Rights> measure(pg::Connection& connection, const Limits& limits);

    const Address address_;
    const net::Dialler dialler_;
    const TargetOptions options_;
    const net::TlsContext tls_;
    const CaFile ca_;
    std::mutex mutex_;
    std::map<std::string, Proof> proofs_;  // by host and port: what it asked for
    pg::Pool pool_;                        // last: its connections are opened with all of the above
};

std::string key_of(const Host& host) {
    return fmt::format("{} {}", host.name, host.port);
}

Result<Proof> Postgres::proof_of(const Host& host, const Limits& limits, net::Timing& timing) {
    {
        const std::lock_guard lock{mutex_};
        if (const auto known = proofs_.find(key_of(host)); known != proofs_.end()) return known->second;
    }
    DRYDOCK_TRY(const auto greeting, greet(address_, host, dialler_, tls(), timing, limits));
    const std::lock_guard lock{mutex_};
    proofs_[key_of(host)] = greeting.asks;
    return greeting.asks;
}

void Postgres::forget(const Host& host) {
    const std::lock_guard lock{mutex_};
    proofs_.erase(key_of(host));
}

// The name is looked up and judged for each connection, so what it means today counts.
Result<pg::Connection> Postgres::open_host(const Host& host, const Limits& limits, net::Timing* timing) {
    net::Timing unused;
    const auto place = host.name.starts_with('/') ? fmt::format("{}/.s.PGSQL.{}", host.name, host.port) : host.name;
    DRYDOCK_TRY(const auto asks, proof_of(host, limits, timing ? *timing : unused));
    DRYDOCK_TRY(const auto judged, dialler_.resolve_allowed(place, host.port, limits));
    DRYDOCK_TRY(const auto plan, plan_sign_in(address_, host, asks));
    const auto where = conninfo_of(address_, host, judged, plan, ca_.path(), options_.application_name);
    auto connection = pg::Connection::open(where, limits);
    if (!connection) {
        forget(host);  // it may ask for something else by now
        return std::move(connection).error();
    }
    DRYDOCK_TRY_VOID(connection->query(kOwnPath, limits));
    return connection;
}

Result<pg::Connection> Postgres::open(const Limits& limits, const Accept& accept) {
    std::optional<Error> last;
    std::size_t left = address_.hosts.size();
    for (const auto& host : address_.hosts) {
        auto share = limits;
        if (left > 1 && limits.deadline != Clock::time_point::max()) {
            share = limits.at_most((limits.deadline - Clock::now()) / static_cast<long>(left));
        }
        --left;
        auto connection = open_host(host, share, nullptr);
        if (connection && accept) {
            DRYDOCK_TRY(const bool good, accept(*connection, share));
            if (!good) {
                last = Error{.code = ErrorCode::unavailable, .message = "the server is a standby: it takes no writes"};
                continue;
            }
        }
        if (connection) return connection;
        last = std::move(connection).error();
        if (!next_may_help(*last)) break;
    }
    return *std::move(last);
}

Result<pg::Conninfo> Postgres::conninfo(bool writable, const Limits& limits) {
    const auto takes_writes = [](pg::Connection& connection, const Limits& share) -> Result<bool> {
        DRYDOCK_TRY(const auto rows, connection.query(kStandby, share));
        return !rows.boolean(0, 0);
    };
    DRYDOCK_TRY(
        const auto connection,
        open(limits.at_most(options_.pool.connect_timeout), writable ? Accept{takes_writes} : Accept{})
    );
    return connection.conninfo();
}

Result<Rights> Postgres::measure(pg::Connection& connection, const Limits& limits) {
    DRYDOCK_TRY(const auto who, connection.query(kWho, limits));
    DRYDOCK_TRY(const auto rows, connection.query(queries::role_rights, limits));
    Rights rights{.user = std::string{who.text(0, 0)}};
    for (int row = 0; row < rows.size(); ++row) {
        rights.found.push_back(right_of(rows.text(row, 0), rows.text(row, 1)));
    }
    std::ranges::stable_sort(rights.found, std::greater{}, &Right::severity);
    return rights;
}

TestReport Postgres::test(const Limits& limits) {
    TestReport report;
    std::optional<pg::Connection> connection;
    for (const auto& host : address_.hosts) {
        report.steps.clear();
        forget(host);
        net::Timing timing;
        const auto greeted = proof_of(host, limits, timing);
        const bool last = &host == &address_.hosts.back();
        if (!greeted) {
            report_dialling(report, timing, tls() != nullptr, &greeted.error());
            if (last || !next_may_help(greeted.error())) break;
            continue;
        }
        report_dialling(report, timing, tls() != nullptr, nullptr);
        const bool in = run_step(report, "sign_in", [&]() -> Result<> {
            DRYDOCK_TRY(connection, open_host(host, limits, nullptr));
            return {};
        });
        if (in) break;
    }
    if (connection) {
        run_step(report, "rights", [&]() -> Result<> {
            DRYDOCK_TRY(report.latency, ping(*connection, limits));
            DRYDOCK_TRY(const auto version, connection->query(kVersion, limits));
            report.version = version.text(0, 0);
            DRYDOCK_TRY(report.rights, measure(*connection, limits));
            return {};
        });
    }
    finish(report);
    return report;
}

Result<std::vector<NamedDatabase>> Postgres::names(const Limits& limits) {
    DRYDOCK_TRY(const auto rows, ask(queries::databases, limits));
    std::vector<NamedDatabase> names;
    for (int row = 0; row < rows.size(); ++row) {
        names.push_back({
            .name = std::string{rows.text(row, 0)},
            .bytes = rows.integer(row, 1),
            .owner = std::string{rows.text(row, 2)},
        });
    }
    return names;
}

Result<Facts> Postgres::facts(const Limits& limits) {
    DRYDOCK_TRY(const auto rows, ask(queries::facts, limits));
    Facts facts;
    for (int row = 0; row < rows.size(); ++row) facts.emplace_back(rows.text(row, 0), rows.text(row, 1));
    return facts;
}

PoolFigures Postgres::figures() const {
    const auto pool = pool_.figures();
    return {
        .idle = pool.idle,
        .in_use = pool.leased,
        .waiting = pool.waiting,
        .most = options_.pool.max,
        .acquired = pool.acquired,
        .timed_out = pool.timed_out,
        .opened = pool.opened,
        .open_failed = pool.open_failed,
        .expired = pool.dropped_expired,
        .broken = pool.dropped_broken,
    };
}

}  // namespace

Result<std::shared_ptr<Target>> make_postgres(Address address, const net::Dialler& dialler, TargetOptions options) {
    net::TlsContext tls;
    if (address.tls_mode() != net::TlsMode::off) {
        DRYDOCK_TRY(tls, net::TlsContext::make({.mode = address.tls_mode(), .ca_pem = address.ca_pem}));
    }
    return std::shared_ptr<Target>{
        std::make_shared<Postgres>(std::move(address), dialler, std::move(options), std::move(tls))
    };
}

}  // namespace drydock::targets
