#include "targets/postgres_sign_in.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

namespace drydock::targets {
namespace {

// Where no file can be: libpq looks for none of its own then.
constexpr std::string_view kNoFile = "/dev/null/none";
// In the place of a password that is not to be sent, so that libpq doesn't take PGPASSWORD.
constexpr std::string_view kNoPassword = "-";
// Of one answer, in memory a few times over: the whole catalog of a hundred thousand columns is less.
constexpr std::int64_t kMostResultBytes = std::int64_t{64} << 20U;

Error refuse(std::string message, std::string hint) {
    return {
        .code = ErrorCode::permission_denied,
        .message = std::move(message),
        .hint = std::move(hint),
        .sqlstate = "28000",
    };
}

}  // namespace

Result<SignInPlan> plan_sign_in(const Address& address, const Host& host, Proof asks) {
    const auto tls = address.tls_mode();
    const bool relaxed = is_this_machine(host) || address.option("auth") == "any";
    if (asks == Proof::nothing) return SignInPlan{};
    if (asks == Proof::other) {
        return refuse(
            "the server asks for a proof that is not a password (Kerberos, say)",
            "Let it ask for scram-sha-256 in its pg_hba.conf."
        );
    }
    if (address.password.empty()) {
        return Error{
            .code = ErrorCode::unauthenticated,
            .message = "the server asks for a password, and none was given",
            .hint = "Give it in the address, or name the credential or environment variable that holds it.",
            .sqlstate = "28P01",
        };
    }
    switch (asks) {
        case Proof::scram_bound:
            return SignInPlan{.send_password = true, .channel_binding = "require"};
        case Proof::scram:
            if (tls == net::TlsMode::off) return SignInPlan{.send_password = true, .sign_in = pg::SignIn::scram_only};
            if (tls == net::TlsMode::verify_full || relaxed) {
                return SignInPlan{.send_password = true, .channel_binding = "prefer"};
            }
            return refuse(
                "the server neither shows a certificate that is verified in full nor binds the sign-in to it",
                "Use TLS mode verify-full, or set the option auth=any if you know that server."
            );
        default:
            if (relaxed) return SignInPlan{.send_password = true, .channel_binding = "prefer"};
            return refuse(
                fmt::format(
                    "the server asks for the password {}; nothing was sent",
                    asks == Proof::cleartext ? "in clear" : "as an MD5 hash, which is as good as the password"
                ),
                "Let it store passwords as scram-sha-256 and ask for them so in pg_hba.conf. If this is the server's "
                "way and you trust it, set the option auth=any."
            );
    }
}

pg::Conninfo conninfo_of(
    const Address& address,
    const Host& host,
    const std::vector<net::Address>& judged,
    const SignInPlan& plan,
    std::string_view ca_file,
    std::string_view application_name
) {
    pg::Conninfo info;
    std::string hosts;
    std::string addresses;
    for (const auto& one : judged) {
        if (!hosts.empty()) hosts += ',';
        hosts += host.name;
        if (!addresses.empty()) addresses += ',';
        addresses += one.host();
    }
    const bool socket = host.name.starts_with('/');
    const auto tls = socket ? net::TlsMode::off : address.tls_mode();
    info.set("host", hosts).set("port", std::to_string(host.port));
    if (!socket) info.set("hostaddr", addresses);
    info.set("dbname", address.database.empty() ? address.user : address.database);
    info.set("user", address.user);
    info.set("password", plan.send_password ? std::string_view{address.password.reveal()} : kNoPassword);
    info.set("passfile", kNoFile);
    info.set("sslmode", wire_name(tls));
    // Without a file, "require" verifies nothing; with one, libpq would take it for verify-ca.
    const bool verify = tls == net::TlsMode::verify_ca || tls == net::TlsMode::verify_full;
    info.set("sslrootcert", verify ? ca_file : kNoFile);
    info.set("sslcert", kNoFile).set("sslkey", kNoFile).set("sslcrl", kNoFile);
    info.set("sslsni", "1").set("ssl_min_protocol_version", "TLSv1.2");
    info.set("gssencmode", "disable");
    info.set("channel_binding", plan.channel_binding);
    const auto attributes = address.option("target_session_attrs");
    info.set("target_session_attrs", attributes.empty() ? "any" : attributes);
    const auto name = address.option("application_name");
    info.set("application_name", name.empty() ? application_name : name);
    info.allow(plan.sign_in).limit_results(kMostResultBytes);
    return info;
}

void shut_out_libpq_environment() {
    for (const auto* const name :
         {"PGSERVICE",
          "PGSERVICEFILE",
          "PGSYSCONFDIR",
          "PGOPTIONS",
          "PGREQUIREPEER",
          "PGSSLCRLDIR",
          "PGDATESTYLE",
          "PGTZ",
          "PGGEQO",
          "PGGSSLIB",
          "PGKRBSRVNAME",
          "PGREQUIRESSL"}) {
        ::unsetenv(name);
    }
}

CaFile::CaFile(std::string_view pem) {
    if (pem.empty()) {
        // libpq 15 doesn't know sslrootcert=system.
        constexpr std::array kUsual{
            "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"
        };
        std::error_code error;
        for (const auto* const file : kUsual) {
            if (std::filesystem::exists(file, error)) {
                path_ = file;
                return;
            }
        }
        path_ = kUsual[0];
        return;
    }
    fd_ = ::memfd_create("authorities", MFD_CLOEXEC);
    auto rest = pem;
    while (fd_ >= 0 && !rest.empty()) {
        const auto put = ::write(fd_, rest.data(), rest.size());
        if (put <= 0) break;
        rest.remove_prefix(static_cast<std::size_t>(put));
    }
    path_ = fmt::format("/proc/self/fd/{}", fd_);
}

CaFile::~CaFile() {
    if (fd_ >= 0) ::close(fd_);
}

}  // namespace drydock::targets
