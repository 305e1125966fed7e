#include <poll.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "base/text.h"
#include "pg/gate.h"
#include "pg/session.h"

namespace drydock::pg {
namespace {

using std::chrono::seconds;

// What libpq would take from the environment or a service file.
std::string setting(const Conninfo& where, std::string_view keyword) {
    if (auto given = where.get(keyword); !given.empty()) return given;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> defaults{PQconndefaults(), &PQconninfoFree};
    for (const PQconninfoOption* option = defaults.get(); option && option->keyword; ++option) {
        if (option->keyword == keyword && option->val) return option->val;
    }
    return {};
}

std::optional<seconds> connect_timeout(const Conninfo& where) {
    const auto time = parse_duration(setting(where, "connect_timeout") + "s");
    if (!time || time->count() <= 0) return std::nullopt;
    return std::chrono::ceil<seconds>(*time);
}

// libpq's connect_timeout works only in its blocking calls, and nothing tells its asynchronous ones to leave a
// host that hangs. So a list of hosts is gone through here, a connection attempt each.
std::vector<Conninfo> candidates(const Conninfo& where) {
    const auto hosts = where.get("host");
    const auto addresses = where.get("hostaddr");
    const auto ports = where.get("port");
    const auto host = split(hosts, ',');
    const auto address = split(addresses, ',');
    const auto port = split(ports, ',');
    const auto count = std::max(hosts.empty() ? 1 : host.size(), addresses.empty() ? 1 : address.size());
    const bool odd = (!hosts.empty() && host.size() != count) || (!addresses.empty() && address.size() != count) ||
                     (port.size() != 1 && port.size() != count);
    if (count == 1 || odd) return {where};  // lists that don't match: libpq says so best
    std::vector<Conninfo> result;
    for (std::size_t i = 0; i < count; ++i) {
        auto one = where;
        if (!hosts.empty()) one.set("host", host[i]);
        if (!addresses.empty()) one.set("hostaddr", address[i]);
        if (port.size() > 1) one.set("port", port[i]);
        result.push_back(std::move(one));
    }
    return result;
}

// "prefer-standby" is a round for a standby and one for anything.
std::vector<Conninfo> attempts(const Conninfo& where) {
    auto hosts = candidates(where);
    if (hosts.size() == 1 || setting(where, "target_session_attrs") != "prefer-standby") return hosts;
    auto rounds = hosts;
    for (auto& host : rounds) host.set("target_session_attrs", "standby");
    for (auto& host : hosts) rounds.push_back(host.set("target_session_attrs", "any"));
    return rounds;
}

struct Refusal {
    std::string reason;
    std::string sqlstate;
};

// libpq gives a failed connection no fields, only text; in verbose form the text carries the SQLSTATE:
// `connection to server at "…" failed: FATAL:  28P01: password authentication failed for user "x"`.
Refusal refusal_of(std::string_view text) {
    constexpr std::string_view kFailed = " failed: ";
    if (const auto at = text.rfind(kFailed); at != std::string_view::npos) text.remove_prefix(at + kFailed.size());
    auto line = trim(text.substr(0, text.find('\n')));
    const auto severity = line.find(":  ");
    if (severity == std::string_view::npos || line.size() < severity + 10 || line.substr(severity + 8, 2) != ": ") {
        return {.reason = std::string{line}, .sqlstate = ""};
    }
    return {.reason = std::string{line.substr(severity + 10)}, .sqlstate = std::string{line.substr(severity + 3, 5)}};
}

std::string_view advice(const Refusal& refusal, bool needs_password) {
    struct Row {
        std::string_view sqlstate;
        std::string_view reason;
        std::string_view hint;
    };
    static constexpr std::array<Row, 13> kAdvice{{
        {"28", "", "Check the user name and the password, and the server's pg_hba.conf."},
        {"3D000", "", "Check the name of the database, or create it."},
        {"42501", "", "Ask the database's owner for GRANT CONNECT."},
        {"53300", "", "The server has no connection left: raise max_connections, close some, or use a pooler."},
        {"57P03", "", "The server is starting up or shutting down: try again in a moment."},
        {"", "Connection refused", "Check that the server runs and listens on this host and port."},
        {"", "No such file", "Check that the server runs and that this is its socket folder and port."},
        {"", "translate host name", "Check the spelling of the host name, and the name service."},
        {"", "SSL", "Check sslmode, and that the server offers TLS with a certificate this machine trusts."},
        {"", "invalid ", "Correct this value in the connection text."},
        {"", "standby mode", "Check target_session_attrs, and which of the hosts is the primary."},
        {"", "session is", "Check target_session_attrs, and which of the hosts is the primary."},
        {"", "", "Check host and port, the network and the firewall between here and the server."},
    }};
    if (needs_password) return "Give a password: in the URL, in PGPASSWORD or in ~/.pgpass.";
    for (const auto& row : kAdvice) {
        if (!row.sqlstate.empty() && !refusal.sqlstate.starts_with(row.sqlstate)) continue;
        if (refusal.reason.find(row.reason) != std::string::npos) return row.hint;
    }
    return {};
}

std::string label_of(PGconn* conn, const Conninfo& where) {
    const auto part = [&](const char* known, std::string_view keyword) {
        return known && *known ? std::string{known} : where.get(keyword);
    };
    return fmt::format("{}:{}/{}", part(PQhost(conn), "host"), part(PQport(conn), "port"), part(PQdb(conn), "dbname"));
}

Error refused(PGconn* conn, const Conninfo& where) {
    const std::string_view text = conn ? PQerrorMessage(conn) : "out of memory";
    const auto refusal = refusal_of(text);
    const bool needs_password = conn && PQconnectionNeedsPassword(conn);
    auto code = refusal.sqlstate.empty() ? ErrorCode::unavailable : code_for(refusal.sqlstate);
    if (needs_password) code = ErrorCode::unauthenticated;
    if (refusal.sqlstate == "3D000") code = ErrorCode::not_found;
    if (code == ErrorCode::failed) code = ErrorCode::unavailable;
    // A value that libpq does not take; it never asked the network.
    if (refusal.reason.starts_with("invalid ")) code = ErrorCode::invalid_argument;
    return {
        .code = code,
        .message = fmt::format("connecting to {}: {}", label_of(conn, where), refusal.reason),
        .hint = std::string{advice(refusal, needs_password)},
        .detail = std::string{trim(text)},
        .sqlstate = refusal.sqlstate.empty() ? "08001" : refusal.sqlstate
    };
}

// Whether libpq would try the next host too: nobody answered, it is not ready, or it is not of the kind asked for.
bool next_may_help(const Error& error) {
    return error.code == ErrorCode::deadline_exceeded ||
           (error.code == ErrorCode::unavailable && (error.sqlstate == "08001" || error.sqlstate == "57P03"));
}

PGconn* start(const Conninfo& where) {
    auto all = where;
    // All text in this program is UTF-8, and positions in errors count in characters.
    all.set("client_encoding", "UTF8");
    // A statement may run for hours without a byte on the wire: keep the routers between awake, notice a dead peer.
    for (const auto& [keyword, value] : std::initializer_list<std::pair<const char*, const char*>>{
             {"fallback_application_name", "drydock"},
             {"keepalives_idle", "60"},
             {"keepalives_interval", "15"},
             {"keepalives_count", "4"}
         }) {
        if (all.get(keyword).empty()) all.set(keyword, value);
    }
    std::vector<const char*> keywords;
    std::vector<const char*> values;
    for (const auto& [keyword, value] : all.pairs()) {
        keywords.push_back(keyword.c_str());
        values.push_back(value.c_str());
    }
    keywords.push_back(nullptr);
    values.push_back(nullptr);
    return PQconnectStartParams(keywords.data(), values.data(), 0);
}

void receive_notice(void* argument, const PGresult* result) {
    auto& impl = *static_cast<Connection::Impl*>(argument);
    const Notice notice{
        .severity = words_of(result, PG_DIAG_SEVERITY_NONLOCALIZED),
        .sqlstate = words_of(result, PG_DIAG_SQLSTATE),
        .message = words_of(result, PG_DIAG_MESSAGE_PRIMARY),
        .detail = words_of(result, PG_DIAG_MESSAGE_DETAIL),
        .hint = words_of(result, PG_DIAG_MESSAGE_HINT)
    };
    // An idle session that is ended is told so by a notice: the only place that says why.
    if (notice.severity == "FATAL" || notice.severity == "PANIC") {
        impl.farewell = notice.message;
        impl.farewell_sqlstate = notice.sqlstate;
        return;
    }
    if (impl.receiver) impl.receiver(notice);
}

void adopt(Connection::Impl& impl, const Conninfo& where) {
    PGconn* conn = impl.conn;
    PQsetErrorVerbosity(conn, PQERRORS_DEFAULT);
    impl.where = where;
    impl.peer = where;
    // The address too: a name may stand for several machines, and a cancel must reach this one.
    impl.peer.set("host", PQhost(conn)).set("port", PQport(conn)).set("target_session_attrs", "any");
    if (!std::string_view{PQhost(conn)}.starts_with('/')) impl.peer.set("hostaddr", PQhostaddr(conn));
    impl.label = label_of(conn, where);
    impl.tls = PQsslInUse(conn) != 0;
    impl.pid = PQbackendPID(conn);
    impl.canceller = {PQgetCancel(conn), &PQfreeCancel};
}

Result<> attempt(Connection::Impl& impl, const Conninfo& where, SignIn sign_in, const Limits& limits) {
    const Wake wake{limits.stop};
    impl.conn = start(where);
    PGconn* conn = impl.conn;
    if (!conn || PQstatus(conn) == CONNECTION_BAD) return refused(conn, where);
    PQsetErrorVerbosity(conn, PQERRORS_VERBOSE);
    PQsetNoticeReceiver(conn, &receive_notice, &impl);
    auto state = PGRES_POLLING_WRITING;
    while (state != PGRES_POLLING_OK) {
        // The socket changes whenever libpq goes on to another address: ask for it each time.
        auto ready = wait_socket(PQsocket(conn), state == PGRES_POLLING_READING ? POLLIN : POLLOUT, limits, wake);
        if (!ready) {
            auto error = std::move(ready).error();
            error.message = fmt::format("connecting to {}: {}", label_of(conn, where), error.message);
            return std::move(error).with_hint(advice({}, false));
        }
        state = PQconnectPoll(conn);
        if (sign_in == SignIn::scram_only && PQstatus(conn) == CONNECTION_AWAITING_RESPONSE) {
            sign_in = SignIn::any;
            DRYDOCK_TRY_VOID(sign_in_by_scram_only(conn, limits, wake));
            state = PQstatus(conn) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_READING;
        }
        if (state == PGRES_POLLING_FAILED) return refused(conn, where);
    }
    if (PQsetnonblocking(conn, 1) != 0) return refused(conn, where);
    return {};
}

// The time one host gets: connect_timeout, or an equal share of what is left so that one dead host can't take it all.
Limits share(const Limits& limits, const std::optional<seconds>& timeout, std::size_t attempts_left) {
    if (timeout) return limits.at_most(*timeout);
    if (attempts_left <= 1 || limits.deadline == Limits::Clock::time_point::max()) return limits;
    return limits.at_most((limits.deadline - Limits::Clock::now()) / static_cast<long>(attempts_left));
}

}  // namespace

Result<Connection> Connection::open(const Conninfo& where, const Limits& limits) {
    const auto sign_in = where.sign_in();
    if (sign_in == SignIn::scram_only && where.get("sslmode") != "disable") {
        return Error{.code = ErrorCode::internal, .message = "only a connection without TLS can be watched"};
    }
    const auto each = attempts(where);
    const auto timeout = connect_timeout(where);
    std::optional<Error> last;
    std::string failures;
    for (std::size_t i = 0; i < each.size(); ++i) {
        if (auto time_left = check(limits); !time_left) {
            if (last && time_left.error().code == ErrorCode::deadline_exceeded) break;
            return std::move(time_left).error().in(fmt::format("connecting to {}", where.display()));
        }
        auto impl = std::make_unique<Impl>();
        auto done = attempt(*impl, each[i], sign_in, share(limits, timeout, each.size() - i));
        if (done) {
            adopt(*impl, each[i]);
            impl->where = where;
            return Connection{std::move(impl)};
        }
        last = std::move(done).error();
        if (!next_may_help(*last)) return *std::move(last);
        failures += fmt::format("{}{}", failures.empty() ? "" : "; ", last->message);
    }
    if (each.size() > 1) last->message = fmt::format("none of the hosts took the connection: {}", failures);
    // A host that used up its own time is unavailable; only the caller's limits are a deadline.
    if (last->code == ErrorCode::deadline_exceeded && check(limits)) {
        last->code = ErrorCode::unavailable;
        last->sqlstate = "08001";
    }
    return *std::move(last);
}

}  // namespace drydock::pg
