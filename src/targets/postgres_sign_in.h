#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/address.h"
#include "pg/connection.h"
#include "targets/address.h"
#include "targets/postgres_greeting.h"

namespace drydock::targets {

// How libpq is to be let loose on a server, given what the server asked for.
struct SignInPlan {
    bool send_password = false;
    pg::SignIn sign_in = pg::SignIn::any;
    std::string_view channel_binding = "disable";
};

// permission_denied for a server that wants a password in a form that anybody could use who reads it, or of which
// nobody knows who it is; on this machine, or with the option auth=any, that is taken.
Result<SignInPlan> plan_sign_in(const Address& address, const Host& host, Proof asks);

// libpq's keywords for one host, pinned to addresses that were judged. Everything is said that libpq would otherwise
// take from our environment or the home folder.
pg::Conninfo conninfo_of(
    const Address& address,
    const Host& host,
    const std::vector<net::Address>& judged,
    const SignInPlan& plan,
    std::string_view ca_file,
    std::string_view application_name
);

// What libpq takes from the environment and no keyword can keep out: PGSERVICE, PGOPTIONS … To be called before there
// are threads.
void shut_out_libpq_environment();

// A PEM text as a file that only this process has, for a library that takes nothing else.
class CaFile {
public:
    explicit CaFile(std::string_view pem);  // empty: the system's own file
    ~CaFile();
    CaFile(const CaFile&) = delete;
    CaFile& operator=(const CaFile&) = delete;
    const std::string& path() const { return path_; }

private:
    int fd_ = -1;
    std::string path_;
};

}  // namespace drydock::targets
