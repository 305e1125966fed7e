#include "testing/postgres.h"

#include <cstdlib>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "targets/rogue_pgtest.h"
#include "targets/target.h"

namespace drydock::targets {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::chrono::seconds kTime{60};
constexpr std::string_view kCanary = "CANARYdo0not1send";

Limits limits() {
    return Limits::within(kTime);
}

net::Dialler open_dialler() {
    return net::Dialler{net::EgressPolicy::everything()};
}

std::shared_ptr<Target> target_of(Address address, const net::Dialler& dialler) {
    auto target = make_target(std::move(address), dialler);
    if (!target) throw std::runtime_error{target.error().message};
    return *std::move(target);
}

const Step& step(const TestReport& report, std::string_view name) {
    return *std::ranges::find(report.steps, name, &Step::name);
}

std::vector<std::string> names_of(const Rights& rights) {
    std::vector<std::string> names;
    for (const auto& right : rights.found) names.push_back(right.name);
    return names;
}

// A role with a password on the shared server, reached over 127.0.0.1, and what it may do.
class PostgresTarget : public ::testing::Test {
protected:
    PostgresTarget() { database_.run(fmt::format("CREATE ROLE {} LOGIN PASSWORD '{}'", role_, kCanary)); }
    ~PostgresTarget() override { database_.run(fmt::format("DROP OWNED BY {0} CASCADE; DROP ROLE {0}", role_)); }
    Address address() const {
        const auto where = testing::server().tcp_conninfo();
        Address result{
            .hosts = {{"127.0.0.1", static_cast<std::uint16_t>(std::stoi(where.get("port")))}},
            .database = database_.conninfo().get("dbname"),
            .user = role_,
            .password = Secret{std::string{kCanary}},
        };
        return result;
    }

    testing::Database database_;
    std::string role_ = "target_" + database_.conninfo().get("dbname");
};

TEST_F(PostgresTarget, IsTestedStepByStep) {
    const auto report = target_of(address(), open_dialler())->test(limits());
    ASSERT_TRUE(report.success) << report.message;
    std::vector<std::string> names;
    for (const auto& one : report.steps) names.push_back(one.name);
    EXPECT_THAT(names, ::testing::ElementsAre("name", "tcp", "tls", "sign_in", "rights"));
    EXPECT_EQ(step(report, "tls").outcome, Outcome::skipped);
    EXPECT_GT(step(report, "tcp").time.count(), 0);
    EXPECT_GT(step(report, "sign_in").time.count(), 0);
    EXPECT_GT(report.latency.count(), 0);
    EXPECT_FALSE(report.version.empty());
    ASSERT_TRUE(report.rights);
    EXPECT_EQ(report.rights->user, role_);
    EXPECT_NE(report.rights->worst(), Severity::danger);
}

TEST_F(PostgresTarget, TellsWhichStepFailedAndNeverTheSecret) {
    auto wrong = address();
    wrong.password = Secret{std::string{kCanary} + "x"};
    auto report = target_of(wrong, open_dialler())->test(limits());
    EXPECT_FALSE(report.success);
    EXPECT_EQ(step(report, "tcp").outcome, Outcome::passed);
    EXPECT_EQ(step(report, "sign_in").outcome, Outcome::failed);
    EXPECT_THAT(report.message, HasSubstr("password authentication failed"));
    EXPECT_THAT(report.message, Not(HasSubstr(std::string{kCanary})));

    auto missing = address();
    missing.password = Secret{};
    report = target_of(missing, open_dialler())->test(limits());
    EXPECT_THAT(report.message, HasSubstr("asks for a password"));

    auto elsewhere = address();
    elsewhere.database = "no such database";
    report = target_of(elsewhere, open_dialler())->test(limits());
    EXPECT_EQ(step(report, "sign_in").outcome, Outcome::failed);
    EXPECT_THAT(report.message, HasSubstr("does not exist"));

    auto closed = address();
    closed.hosts[0].port = 1;
    report = target_of(closed, open_dialler())->test(limits());
    EXPECT_EQ(step(report, "tcp").outcome, Outcome::failed);
    EXPECT_EQ(step(report, "sign_in").outcome, Outcome::skipped);

    auto nameless = address();
    nameless.hosts[0].name = "db.example";
    report = target_of(nameless, rogue::dialler({}))->test(limits());
    EXPECT_EQ(step(report, "name").outcome, Outcome::failed);
    EXPECT_EQ(step(report, "tcp").outcome, Outcome::skipped);

    auto encrypted = address();
    encrypted.tls = net::TlsMode::verify_full;
    report = target_of(encrypted, open_dialler())->test(limits());
    EXPECT_EQ(step(report, "tls").outcome, Outcome::failed);
    EXPECT_THAT(report.message, HasSubstr("does not offer TLS"));
}

TEST_F(PostgresTarget, AnswersWhatIsAskedAboutIt) {
    const auto target = target_of(address(), open_dialler());
    EXPECT_GT(target->health(limits())->count(), 0);
    EXPECT_FALSE(target->version(limits())->empty());
    std::vector<std::string> names;
    const auto databases = target->names(limits()).value();
    for (const auto& one : databases) names.push_back(one.name);
    EXPECT_THAT(names, Contains(database_.conninfo().get("dbname")));
    const auto facts = target->facts(limits()).value();
    EXPECT_THAT(facts, Contains(std::pair<std::string, std::string>{"standby", "false"}));
    const auto figures = target->figures();
    EXPECT_EQ(figures.opened, 1U) << "one connection did it all";
    EXPECT_EQ(figures.acquired, 4U);
}

TEST_F(PostgresTarget, MeasuresWhatTheRoleMayDo) {
    const auto target = target_of(address(), open_dialler());
    EXPECT_THAT(names_of(target->rights(limits()).value()), Not(Contains("superuser")));
    // Through two other roles, and none of it said by the role's own attributes.
    database_.run(fmt::format(
        "CREATE ROLE {0}_a; CREATE ROLE {0}_b; GRANT {0}_a TO {0}; GRANT {0}_b TO {0}_a;"
        "GRANT pg_execute_server_program, pg_signal_backend TO {0}_b; ALTER ROLE {0}_b CREATEROLE;"
        "CREATE TABLE public.theirs (id int); ALTER TABLE public.theirs OWNER TO {0};"
        "GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO {0}",
        role_
    ));
    const auto rights = target->rights(limits()).value();
    const auto names = names_of(rights);
    for (const auto* const expected :
         {"pg_execute_server_program", "pg_signal_backend", "createrole", "owns_tables", "server_file_function"}) {
        EXPECT_THAT(names, Contains(expected));
    }
    EXPECT_EQ(rights.worst(), Severity::danger);
    EXPECT_EQ(rights.found.front().severity, Severity::danger) << "the worst stands first";
    const auto program = *std::ranges::find(rights.found, "pg_execute_server_program", &Right::name);
    EXPECT_THAT(program.detail, HasSubstr(role_ + "_a > " + role_ + "_b")) << "and how it comes by it";
    EXPECT_THAT(to_json(rights), HasSubstr("\"worst\":\"danger\""));
    database_.run(fmt::format("DROP OWNED BY {0}_a, {0}_b; DROP ROLE {0}_b, {0}_a", role_));
}

TEST_F(PostgresTarget, IsNotFooledByFunctionsOfTheDatabaseItLooksAt) {
    database_.run(fmt::format(
        "CREATE FUNCTION public.current_database() RETURNS name LANGUAGE sql AS $$SELECT 'lie'::name$$;"
        "CREATE FUNCTION public.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS $$SELECT true$$;"
        "ALTER ROLE {} SET search_path = public, pg_catalog",
        role_
    ));
    const auto facts = target_of(address(), open_dialler())->facts(limits()).value();
    EXPECT_THAT(facts, Contains(std::pair<std::string, std::string>{"standby", "false"}));
    EXPECT_THAT(facts, Contains(std::pair{std::string{"database"}, database_.conninfo().get("dbname")}));
}

TEST_F(PostgresTarget, GoesOnToTheNextHost) {
    auto several = address();
    several.hosts.insert(several.hosts.begin(), {"127.0.0.1", 1});
    const auto target = target_of(several, open_dialler());
    EXPECT_TRUE(target->health(limits()));
    EXPECT_TRUE(target->test(limits()).success);
}

TEST_F(PostgresTarget, SaysWhereItIsToThoseWhoOpenConnectionsOfTheirOwn) {
    auto several = address();
    several.hosts.insert(several.hosts.begin(), {"127.0.0.1", 1});
    const auto target = target_of(several, open_dialler());
    const auto where = target->conninfo(true, limits());
    ASSERT_TRUE(where) << where.error().message;
    EXPECT_EQ(where->get("hostaddr"), "127.0.0.1") << "an address that was judged";
    EXPECT_EQ(where->get("port"), testing::server().tcp_conninfo().get("port")) << "of the host that lets us in";
    EXPECT_TRUE(pg::Connection::open(*where, limits()));

    // The same words to a server that asks for the password in another form.
    const rogue::Server server{[&](auto, auto) { return rogue::asks_cleartext(); }};
    auto elsewhere = *where;
    elsewhere.set("port", std::to_string(server.port()));
    EXPECT_EQ(elsewhere.sign_in(), pg::SignIn::scram_only);
    EXPECT_EQ(pg::Connection::open(elsewhere, limits()).error().code, ErrorCode::permission_denied);
    EXPECT_THAT(server.heard_of(1), Not(HasSubstr(std::string{kCanary})));

    const auto other = target_of({.type = Type::redis, .hosts = {{"127.0.0.1", 1}}, .database = "0"}, open_dialler());
    EXPECT_EQ(other->conninfo(false, limits()).error().code, ErrorCode::invalid_argument);
}

TEST_F(PostgresTarget, TakesNoAnswerOfAnyLength) {
    const auto where = target_of(address(), open_dialler())->conninfo(false, limits());
    ASSERT_TRUE(where);
    auto connection = pg::Connection::open(*where, limits()).value();
    const auto much = connection.query({.name = "much", .text = "SELECT repeat('x', 200000000)"}, limits());
    ASSERT_FALSE(much);
    EXPECT_THAT(much.error().message, HasSubstr("answers with more than 64.0 MiB"));
}

TEST_F(PostgresTarget, ReplacesItsPasswordByAVerifier) {
    const auto target = target_of(address(), open_dialler());
    const auto verifier = database_.run(fmt::format("SELECT rolpassword FROM pg_authid WHERE rolname = '{}'", role_));
    database_.run(fmt::format("ALTER ROLE {} PASSWORD 'another'", role_));
    auto other = address();
    other.password = Secret{"another"};
    ASSERT_TRUE(target_of(other, open_dialler())->add_password(verifier, limits()));
    EXPECT_TRUE(target->test(limits()).success) << "the verifier of the first password is back";
}

// libpq takes much from its environment. None of it may decide where a secret goes, or what is sent in its place.
TEST_F(PostgresTarget, TakesNothingFromTheEnvironment) {
    const std::map<std::string, std::string> odd{
        {"PGHOST", "evil.example"},
        {"PGHOSTADDR", "203.0.113.1"},
        {"PGPORT", "1"},
        {"PGUSER", "somebody"},
        {"PGDATABASE", "elsewhere"},
        {"PGPASSWORD", "hunter2"},
        {"PGPASSFILE", "/dev/null"},
        {"PGSSLMODE", "require"},
        {"PGSSLROOTCERT", "/etc/passwd"},
        {"PGSSLKEY", "/etc/passwd"},
        {"PGCHANNELBINDING", "require"},
        {"PGTARGETSESSIONATTRS", "standby"},
        {"PGAPPNAME", "odd"},
        {"PGGSSENCMODE", "require"},
        {"PGCONNECT_TIMEOUT", "1"},
    };
    for (const auto& [name, value] : odd) ::setenv(name.c_str(), value.c_str(), 1);
    const auto report = target_of(address(), open_dialler())->test(limits());
    auto without = address();
    without.password = Secret{};
    const auto passwordless = target_of(without, open_dialler())->test(limits());
    for (const auto& [name, value] : odd) ::unsetenv(name.c_str());
    EXPECT_TRUE(report.success) << report.message;
    EXPECT_THAT(passwordless.message, HasSubstr("asks for a password"));
}

// --- servers that want the password ---------------------------------------------------------------------------------

Address at_rogue(const rogue::Server& server) {
    return {
        .hosts = {{"db.example", server.port()}},
        .database = "shop",
        .user = "app",
        .password = Secret{std::string{kCanary}},
        .tls = net::TlsMode::off,
    };
}
std::map<std::string, std::vector<std::string>> rogue_name() {
    return {{"db.example", {"127.0.0.1"}}};
}

TEST(PostgresRogue, GetsNoPasswordInClearOrAsMd5) {
    for (const auto& demand : {rogue::asks_cleartext(), rogue::asks(5, "salt")}) {
        const rogue::Server server{[&](auto, auto) { return demand; }};
        const auto target = target_of(at_rogue(server), rogue::dialler(rogue_name()));
        const auto report = target->test(limits());
        EXPECT_EQ(step(report, "sign_in").outcome, Outcome::failed);
        EXPECT_THAT(report.message, HasSubstr("nothing was sent"));
        EXPECT_FALSE(target->health(limits()));
        EXPECT_THAT(server.heard_of(1), Not(HasSubstr(std::string{kCanary})));
        EXPECT_THAT(server.heard_of(1), Not(HasSubstr("md5")));
    }
}

TEST(PostgresRogue, GetsNoneByAskingOtherwiseAtFirst) {
    // As a good server while it is looked at, and then …
    const rogue::Server server{[&](std::size_t connection, std::size_t) {
        return connection == 0 ? rogue::asks_scram() : rogue::asks_cleartext();
    }};
    const auto target = target_of(at_rogue(server), rogue::dialler(rogue_name()));
    const auto refused = target->health(limits());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::permission_denied);
    EXPECT_THAT(refused.error().message, HasSubstr("nothing was sent"));
    EXPECT_EQ(server.connections(), 2U);
    EXPECT_THAT(server.heard_of(2), Not(HasSubstr(std::string{kCanary})));
}

TEST(PostgresRogue, GetsNoneInTheMiddleOfAnotherExchange) {
    for (const bool at_once : {false, true}) {
        const rogue::Server server{[&](std::size_t connection, std::size_t message) {
            if (connection == 0 || message == 0) {
                return connection > 0 && at_once ? rogue::asks_scram() + rogue::asks_cleartext() : rogue::asks_scram();
            }
            return rogue::asks_cleartext();
        }};
        const auto target = target_of(at_rogue(server), rogue::dialler(rogue_name()));
        const auto refused = target->health(limits());
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::permission_denied) << refused.error().message;
        const auto heard = server.heard_of(2);
        EXPECT_THAT(heard, HasSubstr("SCRAM-SHA-256")) << "it did begin";
        EXPECT_THAT(heard, Not(HasSubstr(std::string{kCanary})));
    }
}

TEST(PostgresRogue, IsGivenThePasswordOnlyWhereThatIsAskedFor) {
    const rogue::Server server{[&](auto, auto) { return rogue::asks_cleartext(); }};
    auto trusted = at_rogue(server);
    trusted.options = {{"auth", "any"}};
    EXPECT_FALSE(target_of(trusted, rogue::dialler(rogue_name()))->health(limits()));
    EXPECT_THAT(server.heard_of(2), HasSubstr(std::string{kCanary}))
        << "so the test above does look at the right bytes";
}

TEST(PostgresRogue, TellsItsLiesToTheSameRules) {
    const std::string huge = "R\x7f\xff\xff\xff";
    for (const auto& answer :
         {std::string{"HTTP/1.1 400 Bad Request\r\n\r\n"},
          huge,
          std::string{"R\0\0\0\x01", 5},
          std::string{"E\0\0\0\x05x", 6},
          std::string{"R\0\0\0\x04", 5}}) {
        const rogue::Server server{[&](auto, std::size_t message) { return message == 0 ? answer : ""; }};
        const auto report = target_of(at_rogue(server), rogue::dialler(rogue_name()))->test(limits());
        EXPECT_FALSE(report.success);
        EXPECT_THAT(report.message, HasSubstr("not a PostgreSQL server"));
    }
}

// --- where it may not go --------------------------------------------------------------------------------------------

TEST(PostgresEgress, NeverGoesToWhatThePolicyRefuses) {
    for (const auto* const host : {"169.254.169.254", "fd00:ec2::254", "0.0.0.0", "::ffff:169.254.169.254"}) {
        Address address{.hosts = {{host, 5432}}, .user = "app", .password = Secret{"x"}, .tls = net::TlsMode::off};
        const auto target = target_of(address, net::Dialler{net::EgressPolicy{}});
        const auto report = target->test(limits());
        EXPECT_FALSE(report.success) << host;
        EXPECT_EQ(step(report, "sign_in").outcome, Outcome::skipped);
        EXPECT_EQ(target->health(limits()).error().code, ErrorCode::permission_denied) << host;
    }
}

TEST(PostgresEgress, JudgesWhatANameMeansAtTheMomentOfDialling) {
    const rogue::Server server{[&](auto, auto) { return rogue::asks_scram(); }};
    // Harmless while it is looked at, and the metadata service a moment later.
    const auto target = target_of(at_rogue(server), rogue::dialler({{"db.example", {"127.0.0.1", "169.254.169.254"}}}));
    const auto refused = target->health(limits());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::permission_denied);
    EXPECT_EQ(server.connections(), 1U);
}

}  // namespace
}  // namespace drydock::targets
