#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "pg/connection.h"
#include "pg/conninfo.h"
#include "pg_server/binaries.h"
#include "pg_server/cluster_template.h"

namespace drydock::shadow {

struct Server;

// A database for one purpose, dropped with this handle. Its server lives as long as it does.
class Database {
public:
    Database(Database&& other) noexcept;
    Database& operator=(Database&& other) noexcept;
    ~Database();

    const pg::Conninfo& conninfo() const { return conninfo_; }
    const std::string& name() const { return name_; }
    // It stays when this handle goes: what a saved cluster is to hold.
    void keep() { server_.reset(); }

private:
    friend class Shadow;
    Database(std::shared_ptr<Server> server, std::string name, pg::Conninfo conninfo)
        : server_(std::move(server)), name_(std::move(name)), conninfo_(std::move(conninfo)) {}
    void drop();

    std::shared_ptr<Server> server_;
    std::string name_;
    pg::Conninfo conninfo_;
};

struct ShadowOptions {
    std::optional<int> major{};                     // what the target runs; another version is taken with a note
    std::optional<pg_server::Binaries> binaries{};  // these programs, whatever the target runs
    std::string url{};                              // a server of the user's in place of a throw-away one
    std::string origin{};                           // what the URL is called in errors: "--shadow-url"
};

struct DatabaseOptions {
    std::string copy_of{};  // the name of another database of this shadow that nobody is connected to
    std::string owner{};    // a role
};

// A place to replay migrations in: a throw-away server, which is gone with this object and also when this process is
// killed, or databases on a server that the user named, where a killed run's databases are dropped by the next run.
// Used by one thread.
class Shadow {
public:
    // What a throw-away server would run on; with a URL, the server is asked. For the keys of a cache, before open().
    struct Kind {
        std::optional<pg_server::Binaries> binaries{};  // none: the user's server
        std::string identity{};                         // of these programs: another one after an update in place
        std::vector<std::string> notes{};               // what the person should know: "the target runs 16 …"
    };
    static Result<Kind> choose(const ShadowOptions& options);

    // `from`: a stopped cluster that the same programs made and saved.
    // Errors (user's server): permission_denied when the role may not make databases.
    static Result<Shadow> open(
        const ShadowOptions& options, const std::optional<pg_server::ClusterTemplate>& from, const Limits& limits
    );
    Shadow(Shadow&&) noexcept;
    Shadow& operator=(Shadow&&) noexcept;
    ~Shadow();

    Result<Database> create_database(const DatabaseOptions& options, const Limits& limits);
    // One that a saved cluster holds, by its name.
    Database adopt_database(std::string name);

    int server_version() const;
    bool is_throwaway() const;
    const std::vector<std::string>& notes() const;  // also the roles that were made

    // Whether CREATE EXTENSION would find it.
    Result<bool> has_extension(std::string_view name, const Limits& limits);

    // Makes a role that migrations name and the server lacks: NOLOGIN, on a throw-away server alone. True when it was
    // made now. The Error on a user's server (conflict) says to create it there.
    Result<bool> ensure_role(std::string_view name, const Limits& limits);
    Result<std::set<std::string, std::less<>>> roles(const Limits& limits);
    // Drops roles that are not among these: what migrations made, so that they can make them again. Throw-away only.
    Result<> drop_roles_but(const std::set<std::string, std::less<>>& kept, const Limits& limits);

    // On the server, in the database that everybody has. For what is not of one database.
    pg::Connection& admin();

    // Ends the throw-away server cleanly and copies its cluster; nothing else works afterwards.
    Result<pg_server::ClusterTemplate> save(const std::filesystem::path& pgdata, const Limits& limits);

private:
    explicit Shadow(std::shared_ptr<Server> server);
    std::shared_ptr<Server> server_;
};

}  // namespace drydock::shadow
