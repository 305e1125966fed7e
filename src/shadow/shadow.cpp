#include "shadow/shadow.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "base/files.h"
#include "base/random.h"
#include "pg_server/throwaway.h"
#include "shadow/extensions.h"
#include "shadow/queries.h"

namespace drydock::shadow {
namespace {

constexpr std::chrono::seconds kStartTime{120};
constexpr std::chrono::seconds kDropTime{20};
constexpr std::size_t kNameBytes = 5;

// What a proof runs on is small and thrown away: memory for speed, room for a test of many locks.
const std::vector<std::string> kServerSettings{
    "shared_buffers=64MB",
    "max_locks_per_transaction=256",
    "track_counts=on",
    "lc_messages=C",
    "log_min_messages=error",
};

Result<std::string> identity_of(const pg_server::Binaries& binaries) {
    const auto program = binaries.program("postgres");
    struct stat info{};
    if (::stat(program.c_str(), &info) != 0) return file_error("reading", program, errno);
    return fmt::format(
        "{} {} {} {}.{}", binaries.version, program.string(), info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec
    );
}

}  // namespace

// A server with the databases that were made on it.
struct Server {
    std::optional<pg_server::Throwaway> throwaway;
    std::optional<pg::Connection> admin;
    pg::Conninfo where;
    std::string prefix;  // of database names
    std::string role;
    bool may_make_roles = false;
    int next = 0;
    std::vector<std::string> notes;
    std::optional<std::set<std::string, std::less<>>> extensions;

    pg::Conninfo database(std::string_view name) const {
        auto result = where;
        result.set("dbname", name);
        return result;
    }

    Result<> drop(std::string_view name) {
        const auto text = fmt::format("DROP DATABASE IF EXISTS {} WITH (FORCE)", pg::quote_identifier(name));
        const auto limits = Limits::within(kDropTime);
        if (admin->usable()) return admin->run_message(text, limits);
        DRYDOCK_TRY(auto other, pg::Connection::open(where, limits));
        return other.run_message(text, limits);
    }

    Result<> connect(const Limits& limits) {
        DRYDOCK_TRY(admin, pg::Connection::open(where, limits));
        return {};
    }

    Result<> check_rights(std::string_view origin, const Limits& limits) {
        DRYDOCK_TRY(const auto rows, admin->query(queries::server_rights, limits));
        role = std::string{rows.text(0, 0)};
        may_make_roles = rows.boolean(0, 2);
        if (rows.boolean(0, 3)) {
            return Error{
                .code = ErrorCode::permission_denied,
                .message = fmt::format("{}: that server is a standby, where nothing can be made", origin),
                .hint = "name a server of its own for the shadow, or leave it out: drydock starts one"
            };
        }
        if (rows.boolean(0, 1)) return {};
        return Error{
            .code = ErrorCode::permission_denied,
            .message = fmt::format("{}: the role {} may not make databases there", origin, role),
            .hint = fmt::format(
                "ALTER ROLE {} CREATEDB; or leave it out: drydock starts a server of its own",
                pg::quote_identifier(role)
            )
        };
    }

    // What killed runs have left; one that is in use is another run's.
    Result<> sweep(const Limits& limits) {
        DRYDOCK_TRY(const auto rows, admin->query(queries::leftover_databases, limits));
        for (int i = 0; i < rows.size(); ++i) {
            // Another run may be sweeping as well.
            if (drop(rows.text(i, 0))) {
                notes.push_back(fmt::format("dropped {}, which a killed run had left", rows.text(i, 0)));
            }
        }
        return {};
    }
};

Database::Database(Database&& other) noexcept = default;

Database& Database::operator=(Database&& other) noexcept {
    if (this != &other) {
        drop();
        server_ = std::move(other.server_);
        name_ = std::move(other.name_);
        conninfo_ = std::move(other.conninfo_);
    }
    return *this;
}

Database::~Database() {
    drop();
}

void Database::drop() {
    if (!server_) return;
    // One that could not be dropped is found by the next run's sweep.
    [[maybe_unused]] const auto dropped = server_->drop(name_);
    server_.reset();
}

Result<Shadow::Kind> Shadow::choose(const ShadowOptions& options) {
    Kind kind;
    if (!options.url.empty()) return kind;
    if (options.binaries) {
        kind.binaries = options.binaries;
    } else if (options.major) {
        if (auto same = pg_server::find_binaries_of_major(*options.major)) kind.binaries = *std::move(same);
    }
    if (!kind.binaries) {
        DRYDOCK_TRY(kind.binaries, pg_server::find_binaries());
    }
    if (options.major && kind.binaries->major() != *options.major) {
        kind.notes.push_back(fmt::format(
            "the shadow runs PostgreSQL {}, the target {}: install postgresql-{} to prove on the same version",
            kind.binaries->major(),
            *options.major,
            *options.major
        ));
    }
    DRYDOCK_TRY(kind.identity, identity_of(*kind.binaries));
    return kind;
}

Result<Shadow> Shadow::open(
    const ShadowOptions& options, const std::optional<pg_server::ClusterTemplate>& from, const Limits& limits
) {
    auto server = std::make_shared<Server>();
    const auto id = random_hex(kNameBytes);
    server->prefix = "drydock_shadow_" + id;
    if (options.url.empty()) {
        DRYDOCK_TRY(auto kind, choose(options));
        server->notes = std::move(kind.notes);
        DRYDOCK_TRY(
            server->throwaway,
            pg_server::Throwaway::start(
                {.binaries = kind.binaries, .from = from, .settings = kServerSettings}, limits.at_most(kStartTime)
            )
        );
        server->where = server->throwaway->conninfo();
    } else {
        auto where = pg::Conninfo::parse(options.url);
        if (!where) return std::move(where).error().in(options.origin);
        server->where = *std::move(where);
    }
    server->where.set("application_name", server->prefix);
    DRYDOCK_TRY_VOID(server->connect(limits));
    DRYDOCK_TRY_VOID(server->check_rights(options.origin, limits));
    if (!server->throwaway) DRYDOCK_TRY_VOID(server->sweep(limits));
    return Shadow{std::move(server)};
}

Shadow::Shadow(std::shared_ptr<Server> server) : server_(std::move(server)) {}
Shadow::Shadow(Shadow&&) noexcept = default;
Shadow& Shadow::operator=(Shadow&&) noexcept = default;
Shadow::~Shadow() = default;

Result<Database> Shadow::create_database(const DatabaseOptions& options, const Limits& limits) {
    const auto name = fmt::format("{}_{}", server_->prefix, ++server_->next);
    std::string text = "CREATE DATABASE " + pg::quote_identifier(name);
    // template1 may hold what somebody put there, and then a history would not start empty.
    text += " TEMPLATE " + (options.copy_of.empty() ? "template0" : pg::quote_identifier(options.copy_of));
    if (!options.owner.empty()) text += " OWNER " + pg::quote_identifier(options.owner);
    auto made = server_->admin->run_message(text, limits);
    if (!made) return std::move(made).error().in("making a shadow database");
    return Database{server_, name, server_->database(name)};
}

Database Shadow::adopt_database(std::string name) {
    auto where = server_->database(name);
    return Database{server_, std::move(name), std::move(where)};
}

int Shadow::server_version() const {
    return server_->admin->server_version();
}

bool Shadow::is_throwaway() const {
    return server_->throwaway.has_value();
}

const std::vector<std::string>& Shadow::notes() const {
    return server_->notes;
}

pg::Connection& Shadow::admin() {
    return *server_->admin;
}

Result<bool> Shadow::has_extension(std::string_view name, const Limits& limits) {
    if (!server_->extensions) {
        DRYDOCK_TRY(const auto rows, server_->admin->query(queries::available_extensions, limits));
        server_->extensions.emplace();
        for (int i = 0; i < rows.size(); ++i) server_->extensions->emplace(rows.text(i, 0));
    }
    return server_->extensions->contains(name);
}

Result<std::set<std::string, std::less<>>> Shadow::roles(const Limits& limits) {
    DRYDOCK_TRY(const auto rows, server_->admin->query(queries::role_names, limits));
    std::set<std::string, std::less<>> names;
    for (int i = 0; i < rows.size(); ++i) names.emplace(rows.text(i, 0));
    return names;
}

Result<bool> Shadow::ensure_role(std::string_view name, const Limits& limits) {
    DRYDOCK_TRY(const auto there, roles(limits));
    if (there.contains(name) || name.starts_with("pg_")) return false;
    const auto quoted = pg::quote_identifier(name);
    if (!is_throwaway()) {
        return Error{
            .code = ErrorCode::conflict,
            .message = fmt::format("the role {} is not on the server that was named for the shadow", name),
            .hint = fmt::format(
                "CREATE ROLE {} NOLOGIN; there, or leave the server out: drydock starts one and makes "
                "the roles itself",
                quoted
            )
        };
    }
    DRYDOCK_TRY_VOID(server_->admin->run_message(fmt::format("CREATE ROLE {} NOLOGIN", quoted), limits));
    server_->notes.push_back(fmt::format("role {} was made in the shadow, where it was missing", name));
    return true;
}

Result<> Shadow::drop_roles_but(const std::set<std::string, std::less<>>& kept, const Limits& limits) {
    if (!is_throwaway()) return {};
    DRYDOCK_TRY(const auto there, roles(limits));
    for (const auto& name : there) {
        if (kept.contains(name)) continue;
        DRYDOCK_TRY_VOID(server_->admin->run_message("DROP ROLE " + pg::quote_identifier(name), limits));
    }
    return {};
}

Result<pg_server::ClusterTemplate> Shadow::save(const std::filesystem::path& pgdata, const Limits& limits) {
    if (!server_->throwaway) {
        return Error{.code = ErrorCode::internal, .message = "only a throw-away server can be saved"};
    }
    DRYDOCK_TRY_VOID(server_->throwaway->stop(limits));
    return server_->throwaway->copy_to(pgdata);
}

}  // namespace drydock::shadow
