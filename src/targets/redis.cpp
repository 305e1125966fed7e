#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "redis/client.h"
#include "redis/pool.h"
#include "targets/kinds.h"

namespace drydock::targets {
namespace {

using Clock = Limits::Clock;
using Info = std::map<std::string, std::string, std::less<>>;

// "name:value" lines; "# Section" between them.
Info read_info(std::string_view text) {
    Info info;
    for (auto line : split(text, '\n')) {
        line = trim(line);
        const auto colon = line.find(':');
        if (line.starts_with('#') || colon == line.npos) continue;
        info.emplace(line.substr(0, colon), line.substr(colon + 1));
    }
    return info;
}

// What a user may do, out of ACL GETUSER.
struct Meaning {
    std::string_view rule;
    Severity severity;
    std::string_view message;
};
constexpr std::array kMeanings{
    Meaning{"+@all", Severity::danger, "may give all commands, those that change and stop the server among them"},
    Meaning{"+@admin", Severity::danger, "may give the commands that change and stop the server"},
    Meaning{"+@dangerous", Severity::danger, "may give the commands that Redis itself calls dangerous"},
    Meaning{"+config", Severity::danger, "may change settings, and so where the server writes files"},
    Meaning{"+module", Severity::danger, "may load programs into the server"},
    Meaning{"+debug", Severity::danger, "may crash the server"},
    Meaning{"+acl", Severity::danger, "may make users and give them rights"},
    Meaning{"+replicaof", Severity::danger, "may have another server's data copied over this one's"},
    Meaning{"+@scripting", Severity::warning, "may run scripts on the server"},
    Meaning{"+eval", Severity::warning, "may run scripts on the server"},
    Meaning{"+keys", Severity::warning, "may list all keys at once, which stops everybody else meanwhile"},
};

std::string words_of(const redis::Value* value) {
    if (!value) return {};
    if (!value->is_list()) return value->text;
    std::string words;
    for (const auto& item : value->items) words += (words.empty() ? "" : " ") + item.text;
    return words;
}

void read_rules(Rights& rights, const redis::Value& user) {
    const auto flags = words_of(user.find("flags"));
    const auto commands = words_of(user.find("commands"));
    const auto keys = words_of(user.find("keys"));
    if (flags.find("nopass") != flags.npos) {
        rights.found.push_back({"nopass", Severity::danger, "takes any password: everybody can sign in", flags});
    }
    const auto rules = split(commands, ' ');
    for (const auto& meaning : kMeanings) {
        const bool held = std::ranges::any_of(rules, [&](std::string_view rule) {
            return rule == meaning.rule || (rule.starts_with(meaning.rule) && rule[meaning.rule.size()] == '|');
        });
        if (held) {
            rights.found.push_back({std::string{meaning.rule}, meaning.severity, std::string{meaning.message}, commands}
            );
        }
    }
    if (keys.find("~*") != keys.npos || flags.find("allkeys") != flags.npos) {
        rights.found.push_back({"allkeys", Severity::warning, "may read and change all keys", keys});
    }
}

class Redis final : public Target {
public:
    Redis(Address address, const net::Dialler& dialler, TargetOptions options, std::optional<net::TlsContext> tls)
        : address_(std::move(address)),
          dialler_(dialler),
          options_(std::move(options)),
          tls_(std::move(tls)),
          pool_(
              [this](const Limits& limits) { return open(limits); },
              {.max = options_.pool.max,
               .connect_timeout = options_.pool.connect_timeout,
               .idle_limit = options_.pool.idle,
               .lifetime = options_.pool.lifetime}
          ) {}

    const Address& address() const override { return address_; }
    TestReport test(const Limits& limits) override;

    Result<std::chrono::nanoseconds> health(const Limits& limits) override {
        DRYDOCK_TRY(const auto lease, pool_.acquire(limits));
        return ping(*lease, limits);
    }
    Result<std::string> version(const Limits& limits) override {
        DRYDOCK_TRY(const auto info, ask_info("server", limits));
        return version_of(info);
    }
    Result<std::vector<NamedDatabase>> names(const Limits& limits) override;
    Result<Facts> facts(const Limits& limits) override;
    Result<Rights> rights(const Limits& limits) override {
        DRYDOCK_TRY(const auto lease, pool_.acquire(limits));
        return measure(*lease, limits);
    }
    Result<> add_password(std::string_view stored_form, const Limits& limits) override {
        return set_user(fmt::format("#{}", stored_form), limits);
    }
    Result<> drop_password(std::string_view stored_form, const Limits& limits) override {
        return set_user(fmt::format("!{}", stored_form), limits);
    }
    PoolFigures figures() const override {
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
            .expired = pool.expired,
            .broken = pool.broken,
        };
    }
    void tend(const Limits&) override { pool_.tend(); }

private:
    std::string user() const { return address_.user.empty() ? "default" : address_.user; }
    Result<redis::Client> open_host(const Host& host, const Limits& limits, net::Timing* timing) const;
    Result<redis::Client> open(const Limits& limits) const;
    static Result<std::chrono::nanoseconds> ping(redis::Client& client, const Limits& limits) {
        const auto begun = Clock::now();
        DRYDOCK_TRY_VOID(client.command({"PING"}, limits));
        return Clock::now() - begun;
    }
    static std::string version_of(const Info& info) {
        const auto found = info.find("redis_version");
        return found == info.end() ? std::string{} : found->second;
    }
    Result<Info> ask_info(const std::string& section, const Limits& limits) {
        DRYDOCK_TRY(const auto lease, pool_.acquire(limits));
        DRYDOCK_TRY(const auto value, lease->command({"INFO", section}, limits));
        return read_info(value.text);
    }
    Result<Rights> measure(redis::Client& client, const Limits& limits) const;
    Result<> set_user(const std::string& rule, const Limits& limits);

    const Address address_;
    const net::Dialler dialler_;
    const TargetOptions options_;
    const std::optional<net::TlsContext> tls_;
    redis::Pool pool_;  // last: its connections are opened with all of the above
};

Result<redis::Client> Redis::open_host(const Host& host, const Limits& limits, net::Timing* timing) const {
    redis::ConnectOptions options{
        .host = host.name,
        .port = host.port,
        .user = address_.user,
        .password = address_.password,
        .tls = tls_,
        .client_name = options_.application_name,
    };
    if (!address_.database.empty()) options.database = std::stoi(address_.database);
    return redis::Client::connect(dialler_, options, limits, timing);
}

Result<redis::Client> Redis::open(const Limits& limits) const {
    std::optional<Error> last;
    std::size_t left = address_.hosts.size();
    for (const auto& host : address_.hosts) {
        auto share = limits;
        if (left > 1 && limits.deadline != Clock::time_point::max()) {
            share = limits.at_most((limits.deadline - Clock::now()) / static_cast<long>(left));
        }
        --left;
        auto client = open_host(host, share, nullptr);
        if (client) return client;
        last = std::move(client).error();
        if (last->code == ErrorCode::unauthenticated || last->code == ErrorCode::permission_denied) break;
    }
    return *std::move(last);
}

Result<Rights> Redis::measure(redis::Client& client, const Limits& limits) const {
    Rights rights{.user = user()};
    const auto answer = client.command({"ACL", "GETUSER", user()}, limits);
    if (!answer) {
        if (!client.usable()) return answer.error();
        // Before Redis 6, or without the right to look: then what it may do is not known.
        rights.found.push_back(
            {"unknown", Severity::info, "what this user may do can't be read with its own rights", ""}
        );
        return rights;
    }
    read_rules(rights, *answer);
    std::ranges::stable_sort(rights.found, std::greater{}, &Right::severity);
    return rights;
}

TestReport Redis::test(const Limits& limits) {
    TestReport report;
    std::optional<redis::Client> client;
    for (const auto& host : address_.hosts) {
        report.steps.clear();
        net::Timing timing;
        const auto begun = Clock::now();
        auto opened = open_host(host, limits, &timing);
        const auto dialled = timing.name.value_or(std::chrono::nanoseconds{}) +
                             timing.tcp.value_or(std::chrono::nanoseconds{}) +
                             timing.tls.value_or(std::chrono::nanoseconds{});
        report_dialling(report, timing, tls_.has_value(), opened ? nullptr : &opened.error());
        if (opened) {
            report.steps.push_back(
                {.name = "sign_in", .outcome = Outcome::passed, .time = Clock::now() - begun - dialled}
            );
            client = *std::move(opened);
            break;
        }
    }
    if (client) {
        run_step(report, "rights", [&]() -> Result<> {
            DRYDOCK_TRY(report.latency, ping(*client, limits));
            if (const auto info = client->command({"INFO", "server"}, limits)) {
                report.version = version_of(read_info(info->text));
            }
            DRYDOCK_TRY(report.rights, measure(*client, limits));
            return {};
        });
    }
    finish(report);
    return report;
}

Result<std::vector<NamedDatabase>> Redis::names(const Limits& limits) {
    DRYDOCK_TRY(const auto info, ask_info("keyspace", limits));
    std::vector<NamedDatabase> names;
    for (const auto& [name, value] : info) {
        if (name.starts_with("db")) names.push_back({.name = name.substr(2)});
    }
    return names;
}

Result<Facts> Redis::facts(const Limits& limits) {
    constexpr std::array<std::string_view, 11> kShown{
        "redis_mode",
        "os",
        "uptime_in_seconds",
        "connected_clients",
        "used_memory",
        "maxmemory",
        "maxmemory_policy",
        "role",
        "aof_enabled",
        "rdb_last_save_time",
        "connected_slaves",
    };
    DRYDOCK_TRY(const auto info, ask_info("default", limits));
    Facts facts;
    facts.emplace_back(kServerVersion, version_of(info));
    // Of the whole server: Redis does not count by database.
    for (const std::string_view name : {"used_memory_dataset", "used_memory"}) {
        const auto found = info.find(name);
        if (found == info.end()) continue;
        facts.emplace_back(kSizeBytes, found->second);
        break;
    }
    for (const auto name : kShown) {
        if (const auto found = info.find(name); found != info.end()) facts.emplace_back(found->first, found->second);
    }
    return facts;
}

Result<> Redis::set_user(const std::string& rule, const Limits& limits) {
    DRYDOCK_TRY(const auto lease, pool_.acquire(limits));
    DRYDOCK_TRY_VOID(lease->command({"ACL", "SETUSER", user(), rule}, limits));
    // So that a restart keeps it, where the server keeps its users in a file; where it does not, they come from its
    // command line or from whoever sets it up.
    if (!lease->command({"ACL", "SAVE"}, limits) && lease->usable()) {
        (void)lease->command({"CONFIG", "REWRITE"}, limits).has_value();
    }
    return {};
}

}  // namespace

Result<std::shared_ptr<Target>> make_redis(Address address, const net::Dialler& dialler, TargetOptions options) {
    std::optional<net::TlsContext> tls;
    if (address.tls_mode() != net::TlsMode::off) {
        DRYDOCK_TRY(tls, net::TlsContext::make({.mode = address.tls_mode(), .ca_pem = address.ca_pem}));
    }
    return std::shared_ptr<Target>{
        std::make_shared<Redis>(std::move(address), dialler, std::move(options), std::move(tls))
    };
}

}  // namespace drydock::targets
