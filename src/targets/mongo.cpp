#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "mongo/client.h"
#include "targets/kinds.h"

namespace drydock::targets {
namespace {

namespace json = boost::json;
using Clock = Limits::Clock;

struct Meaning {
    std::string_view role;
    Severity severity;
    std::string_view message;
};
constexpr std::array kMeanings{
    Meaning{"root", Severity::danger, "may do anything"},
    Meaning{"__system", Severity::danger, "may do anything, the server's own records included"},
    Meaning{"userAdminAnyDatabase", Severity::danger, "may make users with any rights, and so become others"},
    Meaning{"userAdmin", Severity::danger, "may make users of this database with any rights in it"},
    Meaning{"clusterAdmin", Severity::danger, "may change and stop the servers"},
    Meaning{"hostManager", Severity::danger, "may stop the servers"},
    Meaning{"dbOwner", Severity::danger, "may do anything in this database, and make users of it"},
    Meaning{"restore", Severity::danger, "may write all collections, those of users and roles too"},
    Meaning{"readWriteAnyDatabase", Severity::warning, "may read and change all databases"},
    Meaning{"dbAdminAnyDatabase", Severity::warning, "may drop and change collections of all databases"},
    Meaning{"readAnyDatabase", Severity::warning, "may read all databases"},
    Meaning{"backup", Severity::warning, "may copy all databases, users and their password hashes included"},
    Meaning{"clusterManager", Severity::warning, "may change the cluster"},
    Meaning{"dbAdmin", Severity::warning, "may drop and change collections of this database"},
};

std::string text_of(const json::value* value) {
    if (!value) return {};
    return value->is_string() ? std::string{value->get_string()} : json::serialize(*value);
}

std::optional<std::int64_t> number_of(const json::value* value) {
    boost::system::error_code error;
    const auto number = value != nullptr ? value->to_number<double>(error) : -1.0;
    if (error || number < 0 || number > 9e18) return {};
    return static_cast<std::int64_t>(number);
}

json::object object_of(std::string_view text) {
    boost::system::error_code error;
    auto value = json::parse(text, error);
    return !error && value.is_object() ? std::move(value.get_object()) : json::object{};
}

// Clients are for one thread at a time: at most so many, lent out in turn.
class Clients {
public:
    using Open = std::function<Result<mongo::Client>(const Limits&)>;
    struct Entry {
        mongo::Client client;
        Clock::time_point opened{};
        Clock::time_point used{};
    };

    Clients(Open open, PoolLimits limits) : open_(std::move(open)), limits_(limits) {}

    // What `work(client)` returns. A client after an Error is not kept: it may be in the middle of something.
    template <class Work>
    std::invoke_result_t<Work&, mongo::Client&> with(const Limits& limits, Work&& work) {
        DRYDOCK_TRY(auto entry, take(limits));
        auto outcome = work(entry->client);
        give_back(outcome ? std::move(entry) : nullptr);
        return outcome;
    }
    PoolFigures figures() const {
        const std::lock_guard lock{mutex_};
        return figures_;
    }
    void tend() {
        const std::lock_guard lock{mutex_};
        const auto now = Clock::now();
        std::erase_if(idle_, [&](const auto& entry) {
            const bool old = now - entry->used > limits_.idle || now - entry->opened > limits_.lifetime;
            if (old) ++figures_.expired;
            return old;
        });
        figures_.idle = idle_.size();
    }

private:
    Result<std::unique_ptr<Entry>> take(const Limits& limits) {
        {
            std::unique_lock lock{mutex_};
            ++figures_.waiting;
            const auto until = limits.at_most(std::chrono::hours{24}).deadline;
            const bool free =
                freed_.wait_until(lock, limits.stop, until, [&] { return figures_.in_use < limits_.max; });
            --figures_.waiting;
            if (!free) {
                ++figures_.timed_out;
                return Error{
                    .code = limits.stop.stop_requested() ? ErrorCode::cancelled : ErrorCode::deadline_exceeded,
                    .message = "no connection to the database became free in time",
                };
            }
            ++figures_.in_use;
            ++figures_.acquired;
            while (!idle_.empty()) {
                auto entry = std::move(idle_.back());
                idle_.pop_back();
                figures_.idle = idle_.size();
                if (Clock::now() - entry->opened <= limits_.lifetime) return entry;
                ++figures_.expired;
            }
        }
        auto client = open_(limits.at_most(limits_.connect_timeout));
        const std::lock_guard lock{mutex_};
        if (!client) {
            ++figures_.open_failed;
            --figures_.in_use;
            freed_.notify_one();
            return std::move(client).error();
        }
        ++figures_.opened;
        return std::make_unique<Entry>(Entry{*std::move(client), Clock::now(), {}});
    }
    void give_back(std::unique_ptr<Entry> entry) {
        const std::lock_guard lock{mutex_};
        --figures_.in_use;
        if (entry) {
            entry->used = Clock::now();
            idle_.push_back(std::move(entry));
        } else {
            ++figures_.broken;
        }
        figures_.idle = idle_.size();
        freed_.notify_one();
    }

    Open open_;
    const PoolLimits limits_;
    mutable std::mutex mutex_;
    std::condition_variable_any freed_;
    std::vector<std::unique_ptr<Entry>> idle_;
    PoolFigures figures_;
};

class Mongo final : public Target {
public:
    Mongo(Address address, const net::Dialler& dialler, TargetOptions options, std::optional<net::TlsContext> tls)
        : address_(std::move(address)),
          dialler_(dialler),
          options_(std::move(options)),
          tls_(std::move(tls)),
          clients_([this](const Limits& limits) { return open(limits, nullptr); }, options_.pool) {}

    const Address& address() const override { return address_; }
    TestReport test(const Limits& limits) override;

    Result<std::chrono::nanoseconds> health(const Limits& limits) override {
        return clients_.with(limits, [&](mongo::Client& client) { return ping(client, limits); });
    }
    Result<std::string> version(const Limits& limits) override {
        return clients_.with(limits, [&](mongo::Client& client) { return client.server_version(limits); });
    }
    Result<std::vector<NamedDatabase>> names(const Limits& limits) override {
        DRYDOCK_TRY(const auto found, clients_.with(limits, [&](mongo::Client& client) {
            return client.databases(limits);
        }));
        std::vector<NamedDatabase> names;
        for (const auto& name : found) names.push_back({.name = name});
        return names;
    }
    Result<Facts> facts(const Limits& limits) override;
    Result<Rights> rights(const Limits& limits) override {
        return clients_.with(limits, [&](mongo::Client& client) { return measure(client, limits); });
    }
    Result<> add_password(std::string_view, const Limits&) override { return no_stored_form(); }
    Result<> drop_password(std::string_view, const Limits&) override { return no_stored_form(); }
    PoolFigures figures() const override {
        auto figures = clients_.figures();
        figures.most = options_.pool.max;
        return figures;
    }
    void tend(const Limits&) override { clients_.tend(); }

private:
    static Error no_stored_form() {
        return {
            .code = ErrorCode::invalid_argument,
            .message = "MongoDB takes a new password only in clear, so drydock does not change it",
            .hint = "Change it there, and then store the new one here.",
        };
    }
    Result<mongo::Client> open(const Limits& limits, net::Timing* timing) const;
    static Result<std::chrono::nanoseconds> ping(mongo::Client& client, const Limits& limits) {
        const auto begun = Clock::now();
        DRYDOCK_TRY_VOID(client.ping(limits));
        return Clock::now() - begun;
    }
    Result<Rights> measure(mongo::Client& client, const Limits& limits) const;
    std::optional<std::int64_t> size(mongo::Client& client, const Limits& limits) const;

    const Address address_;
    const net::Dialler dialler_;
    const TargetOptions options_;
    const std::optional<net::TlsContext> tls_;
    Clients clients_;  // last: they are opened with all of the above
};

Result<mongo::Client> Mongo::open(const Limits& limits, net::Timing* timing) const {
    mongo::ConnectOptions options{
        .user = address_.user,
        .password = address_.password,
        .auth_mechanism = address_.option("authMechanism"),
        .replica_set = address_.option("replicaSet"),
        .tls = tls_,
        .app_name = options_.application_name,
        .connect_timeout = options_.pool.connect_timeout,
    };
    for (const auto& host : address_.hosts) options.hosts.push_back({.name = host.name, .port = host.port});
    if (const auto source = address_.option("authSource"); !source.empty())
        options.auth_source = source;
    else if (!address_.database.empty())
        options.auth_source = address_.database;
    return mongo::Client::connect(dialler_, options, limits, timing);
}

Result<Rights> Mongo::measure(mongo::Client& client, const Limits& limits) const {
    Rights rights{.user = address_.user};
    const auto answer = client.command("admin", R"({"connectionStatus": 1})", limits);
    boost::system::error_code error;
    const auto status = answer ? json::parse(*answer, error) : json::value{};
    const auto* const roles = status.is_object() ? status.as_object().if_contains("authInfo") : nullptr;
    const auto* const list =
        roles && roles->is_object() ? roles->get_object().if_contains("authenticatedUserRoles") : nullptr;
    if (!list || !list->is_array()) {
        rights.found.push_back(
            {"unknown", Severity::info, "what this user may do can't be read with its own rights", ""}
        );
        return rights;
    }
    for (const auto& one : list->get_array()) {
        if (!one.is_object()) continue;
        const auto role = text_of(one.get_object().if_contains("role"));
        const auto database = text_of(one.get_object().if_contains("db"));
        const auto* const known = std::ranges::find(kMeanings, role, &Meaning::role);
        Right right{.name = role, .message = "holds this role", .detail = fmt::format("in {}", database)};
        if (known != kMeanings.end()) {
            right.severity = known->severity;
            right.message = known->message;
        }
        rights.found.push_back(std::move(right));
    }
    std::ranges::stable_sort(rights.found, std::greater{}, &Right::severity);
    return rights;
}

TestReport Mongo::test(const Limits& limits) {
    TestReport report;
    net::Timing timing;
    const auto begun = Clock::now();
    auto client = open(limits, &timing);
    const auto dialled = timing.name.value_or(std::chrono::nanoseconds{}) +
                         timing.tcp.value_or(std::chrono::nanoseconds{}) +
                         timing.tls.value_or(std::chrono::nanoseconds{});
    report_dialling(report, timing, tls_.has_value(), client ? nullptr : &client.error());
    if (client) {
        report.steps.push_back({.name = "sign_in", .outcome = Outcome::passed, .time = Clock::now() - begun - dialled});
        run_step(report, "rights", [&]() -> Result<> {
            DRYDOCK_TRY(report.latency, ping(*client, limits));
            DRYDOCK_TRY(report.version, client->server_version(limits));
            DRYDOCK_TRY(report.rights, measure(*client, limits));
            return {};
        });
    }
    finish(report);
    return report;
}

Result<Facts> Mongo::facts(const Limits& limits) {
    return clients_.with(limits, [&](mongo::Client& client) -> Result<Facts> {
        DRYDOCK_TRY(const auto answer, client.command("admin", R"({"buildInfo": 1})", limits));
        const auto built = object_of(answer);
        Facts facts;
        facts.emplace_back(kServerVersion, text_of(built.if_contains("version")));
        if (const auto bytes = size(client, limits)) facts.emplace_back(kSizeBytes, std::to_string(*bytes));
        for (const std::string_view name : {"gitVersion", "maxBsonObjectSize", "bits", "debug"}) {
            if (const auto* const value = built.if_contains(name)) facts.emplace_back(name, text_of(value));
        }
        return facts;
    });
}

// On disk, of the database that the address names, else of all; nothing where the user may not see it.
std::optional<std::int64_t> Mongo::size(mongo::Client& client, const Limits& limits) const {
    const bool all = address_.database.empty();
    const auto answer = all ? client.command("admin", R"({"listDatabases": 1})", limits)
                            : client.command(address_.database, R"({"dbStats": 1})", limits);
    if (!answer) return {};
    const auto stats = object_of(*answer);
    // Older servers leave the sum to their caller.
    if (const auto total = number_of(stats.if_contains("totalSize"))) return total;
    const auto data = number_of(stats.if_contains("storageSize"));
    const auto indexes = number_of(stats.if_contains("indexSize"));
    if (!data) return {};
    return *data + indexes.value_or(0);
}

}  // namespace

Result<std::shared_ptr<Target>> make_mongo(Address address, const net::Dialler& dialler, TargetOptions options) {
    std::optional<net::TlsContext> tls;
    if (address.tls_mode() != net::TlsMode::off) {
        DRYDOCK_TRY(tls, net::TlsContext::make({.mode = address.tls_mode(), .ca_pem = address.ca_pem}));
    }
    return std::shared_ptr<Target>{
        std::make_shared<Mongo>(std::move(address), dialler, std::move(options), std::move(tls))
    };
}

}  // namespace drydock::targets
