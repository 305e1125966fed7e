#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "pg_server/system_user.h"

namespace drydock::pg_server {

// The data folder of an embedded server, and the small files drydock itself keeps in it.
class EmbeddedHome {
public:
    explicit EmbeddedHome(const std::filesystem::path& data_dir)
        : folder_(std::filesystem::absolute(data_dir).lexically_normal()) {}

    const std::filesystem::path& folder() const { return folder_; }
    std::filesystem::path pgdata() const { return folder_ / "pgdata"; }
    std::filesystem::path log_file() const { return folder_ / "server.log"; }
    std::filesystem::path lock_file() const { return folder_ / "lock"; }

    // As server_user(), but a cluster that is there keeps the user it belongs to.
    Result<std::optional<SystemUser>> user() const;

    // The owner role's password. `create` makes one when there is none.
    Result<Secret> password() const;
    Result<Secret> create_password() const;

    // The port of the last start; 0 when there was none.
    int last_port() const;
    // The folder for the socket: run/ in the data folder, or where that path does not do for a socket (too long, or
    // with a comma), a private one of a random name under XDG_RUNTIME_DIR or /tmp, the same one at each start. Made
    // when missing.
    Result<std::filesystem::path> socket_dir(const std::optional<SystemUser>& user) const;
    Result<> remember(int port, const std::filesystem::path& socket_dir) const;

private:
    std::string remembered(std::string_view key) const;

    std::filesystem::path folder_;
};

}  // namespace drydock::pg_server
