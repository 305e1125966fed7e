#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pg_server/throwaway.h"
#include "targets/rogue_pgtest.h"
#include "targets/target.h"
#include "testing/certificates.h"
#include "testing/postgres.h"

// PostgreSQL with TLS: who is at the other end, and what he may ask for.
namespace drydock::targets {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kCanary = "CANARY0tls";

Limits limits() {
    return Limits::within(std::chrono::seconds{60});
}

const Step& step(const TestReport& report, std::string_view name) {
    return *std::ranges::find(report.steps, name, &Step::name);
}

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

// A server of its own with a certificate for db.example, and a role "app" that signs in as the test says.
class TlsTarget : public ::testing::Test {
protected:
    TlsTarget() : server_(started()) {
        const auto files = certificates_.issue("db.example", "DNS:db.example");
        put("server.crt", content_of(files.certificate));
        put("server.key", content_of(files.key));
        sql("CREATE ROLE app LOGIN PASSWORD 'CANARY0tls'");
        sql(fmt::format("ALTER SYSTEM SET ssl_cert_file = '{}'", (folder() / "server.crt").string()));
        sql(fmt::format("ALTER SYSTEM SET ssl_key_file = '{}'", (folder() / "server.key").string()));
        sql("ALTER SYSTEM SET ssl = on");
        sign_in_by("scram-sha-256");
        // A reload takes effect a moment later: until a new connection is offered TLS.
        while (step(target(address())->test(limits()), "tls").outcome != Outcome::passed) {
        }
    }

    static pg_server::Throwaway started() {
        auto server = pg_server::Throwaway::start({}, limits());
        if (!server) throw std::runtime_error{server.error().message};
        return *std::move(server);
    }
    std::filesystem::path folder() const { return server_.folder() / "pgdata"; }
    void sql(const std::string& text) const { testing::run_on(server_.conninfo(), text); }
    // A file that belongs to the server's user, as it demands of its key.
    void put(const std::string& name, const std::string& text) const {
        struct ::stat owner{};
        ASSERT_EQ(::stat(folder().c_str(), &owner), 0);
        const auto path = folder() / name;
        std::ofstream{path, std::ios::binary} << text;
        ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
        ASSERT_EQ(::chown(path.c_str(), owner.st_uid, owner.st_gid), 0);
    }
    void sign_in_by(const std::string& method) const {
        put("pg_hba.conf", fmt::format("local all all trust\nhostssl all app all {}\n", method));
        sql("SELECT pg_reload_conf()");
    }

    Address address() const {
        return {
            .hosts = {{"db.example", static_cast<std::uint16_t>(std::stoi(server_.tcp_conninfo().get("port")))}},
            .database = "postgres",
            .user = "app",
            .password = Secret{std::string{kCanary}},
            .ca_pem = content_of(certificates_.authority()),
        };
    }
    static std::shared_ptr<Target> target(Address address) {
        auto made = make_target(
            std::move(address), rogue::dialler({{"db.example", {"127.0.0.1"}}, {"other.example", {"127.0.0.1"}}})
        );
        if (!made) throw std::runtime_error{made.error().message};
        return *std::move(made);
    }

    testing::Certificates certificates_;
    pg_server::Throwaway server_;
};

TEST_F(TlsTarget, VerifiesTheServerAndBindsTheSignInToIt) {
    const auto good = target(address());
    const auto report = good->test(limits());
    ASSERT_TRUE(report.success) << report.message;
    EXPECT_GT(step(report, "tls").time.count(), 0);
    EXPECT_TRUE(good->health(limits()));

    auto other = address();
    other.hosts[0].name = "other.example";
    EXPECT_EQ(step(target(other)->test(limits()), "tls").outcome, Outcome::failed) << "a certificate for another name";
    other.tls = net::TlsMode::verify_ca;
    EXPECT_TRUE(target(other)->test(limits()).success);
    auto unknown = address();
    unknown.ca_pem.clear();
    EXPECT_EQ(step(target(unknown)->test(limits()), "tls").outcome, Outcome::failed) << "an authority nobody knows";
    unknown.tls = net::TlsMode::unverified;
    EXPECT_TRUE(target(unknown)->test(limits()).success) << "the sign-in itself is bound to the certificate";

    testing::Certificates strangers;
    auto strange = address();
    strange.ca_pem = content_of(strangers.authority());
    EXPECT_EQ(step(target(strange)->test(limits()), "tls").outcome, Outcome::failed);
}

TEST_F(TlsTarget, SendsNoPasswordInClearEvenToAVerifiedServer) {
    const auto known = target(address());
    ASSERT_TRUE(known->test(limits()).success);
    // From here on it asks for the password itself.
    sign_in_by("password");
    auto report = target(address())->test(limits());
    while (report.success) report = target(address())->test(limits());
    EXPECT_EQ(step(report, "sign_in").outcome, Outcome::failed);
    EXPECT_THAT(report.message, HasSubstr("in clear; nothing was sent"));
    // And one that was looked at before, when it asked for SCRAM: libpq itself refuses.
    const auto refused = known->health(limits());
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("channel binding required"));

    auto allowed = address();
    allowed.options = {{"auth", "any"}};
    EXPECT_TRUE(target(allowed)->test(limits()).success);
}

TEST_F(TlsTarget, SignsInWithoutAPasswordWhereNoneIsAskedFor) {
    sign_in_by("trust");
    auto report = target(address())->test(limits());
    auto without = address();
    without.password = Secret{};
    while (!target(without)->test(limits()).success) {
    }
    report = target(address())->test(limits());
    EXPECT_TRUE(report.success) << report.message;
}

}  // namespace
}  // namespace drydock::targets
