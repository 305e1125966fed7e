#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace drydock::pg_server {

// A folder with initdb, postgres, pg_ctl … of one version.
struct Binaries {
    std::filesystem::path folder;
    int version = 0;  // 150020 for 15.20; major * 10000 + minor

    int major() const { return version / 10000; }
    std::filesystem::path program(const char* name) const { return folder / name; }
};

// The newest of DRYDOCK_PG_BIN (if set, only that one), Debian's /usr/lib/postgresql/*/bin and PATH.
Result<Binaries> find_binaries();
// The newest minor version of this major version among the same; the Error says what to install.
Result<Binaries> find_binaries_of_major(int major);
Result<Binaries> binaries_in(const std::filesystem::path& folder);

// "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)" -> 150014; betas and development versions have minor 0.
// 0 when the text is something else.
int parse_server_version(std::string_view text);

}  // namespace drydock::pg_server
