#include <unistd.h>

#include <filesystem>

#include "app/samples_pgtest.h"
#include "app/server_pgtest.h"
#include "base/encoding.h"
#include "base/files.h"
#include "base/log.h"
#include "base/random.h"
#include "base/wait.h"
#include "crypto/bytes.h"
#include "crypto/totp.h"
#include "http/cursor.h"
#include "pg_server/throwaway.h"
#include "testing/canaries.h"
#include "testing/socket_server.h"
#include "testing/surroundings.h"

// Secrets that are known go in at every place that takes one, and are then looked for everywhere else: in what the
// server answers, logs, measures, audits and keeps, and in what its database writes down with everything logged.
namespace drydock::app {
namespace {

namespace fs = std::filesystem;

using testing::bytes_of;
using testing::url_encoded;

constexpr std::int64_t kRoom = 60;  // for a secret with characters of every kind

class CanaryTest : public ::testing::Test {
protected:
    CanaryTest() {
        if (::geteuid() == 0) fs::permissions(folder_.path(), fs::perms::all);
        EXPECT_TRUE(log::configure({.level = log::Level::debug, .file = folder_.path() / "drydock.log"}));
        plane_.emplace(pg_server::Throwaway::start(
                           {.settings =
                                {"log_statement=all",
                                 "log_min_duration_statement=0",
                                 "log_parameter_max_length=-1",
                                 "log_parameter_max_length_on_error=-1",
                                 "log_min_messages=debug1",
                                 "log_min_error_statement=debug1",
                                 "log_error_verbosity=verbose",
                                 "track_activity_query_size=100kB"}},
                           Limits::within(kTime)
        )
                           .value());
        auto options = test_options(plane_->conninfo());
        const auto key = hex(random_hex(16));
        options.keys.text = Secret{"k1 " + key};
        know("the master key", key);
        options.jwt_secret = Secret{make("JWT_SECRET")};
        // Nothing listens there: the server does without it.
        options.redis_url = Secret{fmt::format("redis://:{}@127.0.0.1:1/0", url_encoded(make("REDIS_URL")))};
        options.health_interval = std::chrono::seconds{1};
        server_ = start_server(std::move(options));
        port_ = port_of(*server_);
    }
    ~CanaryTest() override {
        server_.reset();
        log::shutdown();
        for (const auto& role : roles_) target_.run(fmt::format("DROP ROLE {}", role));
    }

    std::string make(std::string where) { return canaries_.make(std::move(where)); }
    void know(std::string where, std::string_view text) { canaries_.know(std::move(where), text); }

    // What is answered may hold no secret.
    Answer ask(const Ask& request) {
        auto answer = ask_port(port_, request);
        answers_.emplace_back(fmt::format("the answer to {} {}", name(request.method), request.target), answer.seen());
        return answer;
    }
    Answer post(std::string target, std::optional<json::value> body = {}) {
        return ask({.method = Method::post, .target = std::move(target), .token = token_, .body = std::move(body)});
    }
    // What is answered is a secret, for whoever asked.
    Answer ask_for_secret(std::string target, std::optional<json::value> body = {}) const {
        return ask_port(
            port_, {.method = Method::post, .target = std::move(target), .token = token_, .body = std::move(body)}
        );
    }
    void take_tokens(const Answer& answer) {
        token_ = answer.text("access_token");
        ASSERT_FALSE(token_.empty()) << answer.body;
        know("an access token", token_);
        know("a refresh token", answer.text("refresh_token"));
    }

    // A login role of another server, to register.
    std::string target_url(const std::string& password) {
        const auto role = fmt::format("canary_{}", random_hex(6));
        roles_.push_back(role);
        auto quoted = password;
        for (auto at = quoted.find('\''); at != std::string::npos; at = quoted.find('\'', at + 2))
            quoted.insert(at, "'");
        target_.run(fmt::format("CREATE ROLE {} LOGIN PASSWORD '{}'", role, quoted));
        return fmt::format(
            "postgresql://{}:{}@127.0.0.1:{}/{}",
            role,
            url_encoded(password),
            testing::server().tcp_conninfo().get("port"),
            target_.conninfo().get("dbname")
        );
    }

    bool answered_with(std::string_view text) const {
        return std::ranges::any_of(answers_, [&](const auto& answer) {
            return answer.second.find(text) != std::string::npos;
        });
    }

    void set_up();
    void second_factor();
    void people();
    void databases();
    void every_secret_field();
    void every_reading();
    void requests_that_are_none();
    void what_sql_seals();
    void targets_that_repeat_what_they_hear();

    testing::TempFolder folder_;
    testing::Database target_;
    std::vector<std::string> roles_;
    std::optional<pg_server::Throwaway> plane_;
    testing::Canaries canaries_;
    std::unique_ptr<Server> server_;
    std::uint16_t port_ = 0;
    std::vector<std::pair<std::string, std::string>> answers_;  // to what, and what
    std::string token_;
    std::string password_;
    std::string project_;
    std::string database_;
};

void CanaryTest::set_up() {
    ASSERT_TRUE(server_->setup_token());
    const std::string token{server_->setup_token()->reveal()};
    know("the setup token", token);
    password_ = make("the owner's password");
    const auto founded = ask_for_secret(
        "/api/v2/setup", json::object{{"token", token}, {"email", "o@a.example"}, {"password", password_}}
    );
    take_tokens(founded);
    post("/api/v2/sessions", json::object{{"email", "o@a.example"}, {"password", make("a wrong password")}});
    take_tokens(
        ask_for_secret("/api/v2/sessions/refresh", json::object{{"refresh_token", founded.text("refresh_token")}})
    );
    const auto in_cookies = ask_for_secret(
        "/api/v2/sessions", json::object{{"email", "o@a.example"}, {"password", password_}, {"cookies", true}}
    );
    for (const auto& cookie : in_cookies.all("Set-Cookie")) {
        const auto begin = cookie.find('=') + 1;
        know("a cookie", cookie.substr(begin, cookie.find(';') - begin));
        ask({.target = "/api/v2/me", .headers = {{"Cookie", cookie.substr(0, cookie.find(';'))}}});
    }
    const auto api_token = ask_for_secret("/api/v2/tokens", json::object{{"name", "t"}}).text("token");
    know("an API token", api_token);
    EXPECT_EQ(ask({.target = "/api/v2/me", .token = api_token}).status, 200U);
    post("/api/v2/me/step-up", json::object{{"password", password_}});
    const auto later = make("the owner's later password");
    post("/api/v2/me/password", json::object{{"current", password_}, {"password", later}});
    password_ = later;
    take_tokens(ask_for_secret("/api/v2/sessions", json::object{{"email", "o@a.example"}, {"password", password_}}));
}

void CanaryTest::second_factor() {
    const auto begun = ask_for_secret("/api/v2/me/second-factor");
    const auto secret = begun.text("secret");
    ASSERT_FALSE(secret.empty()) << begun.body;
    know("a TOTP secret", secret);
    const auto bytes = crypto::from_base32(secret).value();
    know("a TOTP secret's bytes", bytes);
    const auto step = crypto::totp_step(std::chrono::system_clock::now());
    const auto confirmed = ask_for_secret(
        "/api/v2/me/second-factor/confirm",
        json::object{{"code", crypto::hotp(bytes, static_cast<std::uint64_t>(step))}}
    );
    ASSERT_EQ(confirmed.status, 200U) << confirmed.body;
    const auto codes = confirmed.at("recovery_codes");
    for (const auto& code : codes.as_array()) know("a recovery code", std::string{code.as_string()});
    const auto challenge = ask_for_secret(
                               "/api/v2/sessions", json::object{{"email", "o@a.example"}, {"password", password_}}
    ).text("challenge");
    ASSERT_FALSE(challenge.empty());
    know("the challenge of a second factor", challenge);
    take_tokens(ask_for_secret(
        "/api/v2/sessions/second-step",
        json::object{{"challenge", challenge}, {"code", std::string{codes.as_array()[0].as_string()}}}
    ));
}

void CanaryTest::people() {
    const auto invited =
        ask_for_secret("/api/v2/invitations", json::object{{"email", "m@a.example"}, {"role", "member"}});
    const auto token = invited.text("token");
    ASSERT_FALSE(token.empty()) << invited.body;
    know("an invitation's token", token);
    auto owner = std::exchange(token_, {});
    const auto accepted = post(
        "/api/v2/invitations/accept", json::object{{"token", token}, {"password", make("an invited person's password")}}
    );
    EXPECT_EQ(accepted.status, 200U) << accepted.body;
    token_ = std::move(owner);
    const auto reset = ask_for_secret("/api/v2/members/" + accepted.text("user_id") + "/reset-token").text("token");
    ASSERT_FALSE(reset.empty());
    know("the token of a new password", reset);
    post("/api/v2/password-resets", json::object{{"token", reset}, {"password", make("a password that was reset")}});
}

void CanaryTest::databases() {
    project_ = post("/api/v2/projects", json::object{{"slug", "p"}, {"name", "P"}}).text("id");
    const auto registration = [&](std::string_view name, json::object more) {
        more["project_id"] = project_;
        more["name"] = name;
        return more;
    };
    const auto url = target_url(make("a connection string's password"));
    const auto made =
        post("/api/v2/databases", registration("one", {{"connection_string", url}, {"test_first", true}}));
    database_ = made.text("id");
    ASSERT_FALSE(database_.empty()) << made.body;
    const auto one = "/api/v2/databases/" + database_;
    post(
        "/api/v2/databases",
        registration(
            "two",
            {{"type", "postgresql"},
             {"host", "127.0.0.1"},
             {"port", 1},
             {"database", "d"},
             {"username", "u"},
             {"password", make("the password of a field")}}
        )
    );
    for (const auto* const form :
         {"postgresql://127.0.0.1:1/d?user=u&password={}",
          "mongodb://u:{}@127.0.0.1:1/d",
          "redis://:{}@127.0.0.1:1/0",
          "postgresql://u:{}@127.0.0.1:1:1/d d",
          "host=127.0.0.1 password='{}'",
          "mysql://u:{}@127.0.0.1/d"}) {
        const auto text = fmt::format(fmt::runtime(form), url_encoded(make(form)));
        post("/api/v2/databases", registration(random_hex(4), {{"connection_string", text}}));
        post("/api/v2/databases/test", registration("t", {{"connection_string", text}}));
        post("/api/v2/databases", registration(random_hex(4), {{"connection_string", text}, {"test_first", true}}));
    }
    // No place for a secret: it is refused, and not kept either.
    post(
        "/api/v2/databases",
        registration(
            "three",
            {{"host", "127.0.0.1"},
             {"type", "postgresql"},
             {"config", json::object{{"password", make("a password among the settings")}}}}
        )
    );
    EXPECT_EQ(post(one + "/test").status, 200U);
    const auto shown = ask_for_secret(one + "/reveal", json::object{{"reason", "a test"}});
    EXPECT_EQ(shown.text("connection_string"), url) << shown.body;
    ask(
        {.method = Method::patch,
         .target = one,
         .token = token_,
         .body = json::object{{"connection_string", target_url(make("a changed connection string"))}},
         .headers = {{"If-Match", "*"}}}
    );
    const auto rotated = post(one + "/rotate");
    EXPECT_LT(rotated.status, 300U) << rotated.body;
    const auto now = ask_for_secret(one + "/reveal", json::object{{"reason", "a test"}}).text("connection_string");
    const auto colon = now.find(':', now.find("//"));
    know("a rotated password", now.substr(colon + 1, now.rfind('@') - colon - 1));
    EXPECT_LT(post("/api/v2/keys/rotate", json::object{{"project_id", project_}}).status, 300U);
}

// Every field of every call that is marked secret, whether the call then succeeds or not.
void CanaryTest::every_secret_field() {
    const IdOf own = [&](std::string_view kind) {
        return kind == "project" ? project_ : kind == "database" ? database_ : std::string{kMissing};
    };
    std::size_t fields = 0;
    for (const auto& route : server_->routes()) {
        if (!route.request) continue;
        auto request = request_of(route, own, token_);
        const auto before = fields;
        for (const auto& field : route.request->fields) {
            const bool refuses_the_rest = field.name == "credential_id";
            if (field.schema.mark != http::FieldClass::secret || field.schema.type != http::Type::text ||
                refuses_the_rest)
                continue;
            ++fields;
            const auto where = fmt::format("{} of {}", field.name, route.operation);
            const auto text = field.schema.most.value_or(kRoom) < kRoom ? canaries_.make_word(where) : make(where);
            request.body->as_object()[field.name] = text;
        }
        if (fields == before) continue;
        ask(request);
        // And where the request is wrong in another way.
        request.body->as_object()["no_such_field"] = 1;
        ask(request);
        request.body->as_object().erase("no_such_field");
        for (const auto& field : route.request->fields) {
            if (field.schema.mark != http::FieldClass::secret || field.schema.type != http::Type::text) continue;
            const auto where = fmt::format("{} of {}, where it is wrong", field.name, route.operation);
            auto wrong = request;
            for (const json::value& value :
                 {json::value{
                      make(where) + std::string(static_cast<std::size_t>(field.schema.most.value_or(0) + 1), 'x')
                  },
                  json::value{json::array{make(where)}},
                  json::value{json::object{{canaries_.make_word(where), make(where)}}}}) {
                wrong.body->as_object()[field.name] = value;
                ask(wrong);
            }
        }
        request.raw_body = json::serialize(*request.body).substr(0, json::serialize(*request.body).size() - 1);
        request.body.reset();
        ask(request);
    }
    EXPECT_GT(fields, 15U);
}

void CanaryTest::every_reading() {
    const IdOf own = [&](std::string_view kind) {
        return kind == "project" ? project_ : kind == "database" ? database_ : std::string{kMissing};
    };
    for (const auto& route : server_->routes())
        if (!http::changes(route.method)) ask(request_of(route, own, token_));
    ask({.method = Method::post, .target = "/api/v2/audit/verify", .token = token_});
}

// A secret at a place where none belongs: somebody's mistake, and not to be made worse.
void CanaryTest::requests_that_are_none() {
    const auto word = [&](const char* where) { return canaries_.make_word(where); };
    ask({.target = "/api/v2/databases?password=" + word("a query"), .token = token_});
    ask({.target = "/api/v2/me/" + word("a path"), .token = token_});
    ask({.target = "/api/v2/databases/" + word("an id"), .token = token_});
    ask({.target = "/" + word("a page")});
    ask({.target = "/api/v2/me", .token = word("a token that is none")});
    ask({.target = "/api/v2/me", .token = "ddk_p_" + word("an API token that is none")});
    ask({.target = "/api/v2/me", .token = token_ + word("a token with a tail")});
    for (const auto& [name, value] : std::initializer_list<std::pair<std::string, std::string>>{
             {"Authorization", "Basic " + base64url("o:" + word("Basic"))},
             {"Authorization", word("a header of another form")},
             {"Cookie", "drydock_session=" + word("a cookie that is none")},
             {"X-Drydock-Organization", word("an organization")},
             {"X-Request-Id", word("a request's id")},
             {"User-Agent", word("a user agent")},
             {"Referer", "https://sample.example/?token=" + word("a referrer")},
             {word("a header's name"), "x"},
             {"X-Long", std::string(100'000, 'x') + word("a header that is too long")},
         })
        ask({.target = "/api/v2/me", .headers = {{name, value}}});
    ask({.method = Method::post, .target = "/api/v2/sessions", .raw_body = word("a body that is no JSON")});
    ask(
        {.method = Method::post,
         .target = "/api/v2/sessions",
         .raw_body = R"({"email": "o@a.example", "password": ")" + word("a body that ends too early")}
    );
}

// Written in a session that logs nothing, since nobody but that session can keep it out of the server's log.
void CanaryTest::what_sql_seals() {
    auto connection = pg::Connection::open(plane_->conninfo(), Limits::within(kTime)).value();
    run(connection,
        "SET log_statement = 'none'; SET log_min_duration_statement = -1; SET log_min_error_statement = 'panic'; "
        "SET log_min_messages = 'panic'");
    const auto password = canaries_.make_word("a password that SQL has stored");
    run(connection,
        fmt::format(
            "UPDATE platform.databases SET connection_string = 'postgresql://u:{}@127.0.0.1:1/d' WHERE id = '{}'",
            password,
            database_
        ));
    const auto end = std::chrono::steady_clock::now() + kTime;
    const auto state = fmt::format("SELECT secret_state FROM platform.databases WHERE id = '{}'", database_);
    while (value(connection, state) != "encrypted") {
        ASSERT_LT(std::chrono::steady_clock::now(), end);
        ASSERT_TRUE(pause(std::chrono::milliseconds{10}, {}));
    }
    const auto shown = ask_for_secret("/api/v2/databases/" + database_ + "/reveal", json::object{{"reason", "a test"}});
    EXPECT_NE(shown.body.find(password), std::string::npos) << shown.body;
}

// As Redis does with a command that it doesn't know.
void CanaryTest::targets_that_repeat_what_they_hear() {
    testing::SocketServer parrot{[](testing::Peer& peer) {
        for (auto heard = peer.read(); !heard.empty(); heard = peer.read()) {
            std::ranges::replace_if(heard, [](char c) { return c == '\r' || c == '\n'; }, ' ');
            peer.write("-ERR unknown command, with args beginning with: " + heard + "\r\n");
        }
    }};
    const auto url = fmt::format(
        "redis://parrot:{}@127.0.0.1:{}/0", url_encoded(make("a password that is repeated")), parrot.port()
    );
    json::object registration{{"project_id", project_}, {"name", "parrot"}, {"connection_string", url}};
    post("/api/v2/databases/test", registration);
    const auto id = post("/api/v2/databases", registration).text("id");
    ASSERT_FALSE(id.empty());
    post("/api/v2/databases/" + id + "/test");
    // The health check finds it by itself.
    const auto end = std::chrono::steady_clock::now() + kTime;
    const auto status = [&] {
        return ask({.target = "/api/v2/databases/" + id, .token = token_}).text("health_check_status");
    };
    while (status() != "unhealthy") {
        ASSERT_LT(std::chrono::steady_clock::now(), end);
        ASSERT_TRUE(pause(std::chrono::milliseconds{20}, {}));
    }
    ask({.target = "/api/v2/databases/" + id + "/health", .token = token_});
    EXPECT_GT(parrot.accepted(), 2);
    // The name is taken: the database says so, with what it was given.
    registration["connection_string"] = target_url(make("a password for a name that is taken"));
    EXPECT_EQ(post("/api/v2/databases", registration).status, 409U);
}

TEST_F(CanaryTest, NoSecretIsAnywhereButWhereItBelongs) {
    set_up();
    second_factor();
    people();
    databases();
    if (HasFatalFailure()) return;
    every_secret_field();
    requests_that_are_none();
    what_sql_seals();
    targets_that_repeat_what_they_hear();
    if (HasFatalFailure()) return;
    every_reading();
    EXPECT_GT(canaries_.size(), 60U);

    for (const auto& [to, answer] : answers_) canaries_.expect_none_in(to, answer);
    {
        auto connection = pg::Connection::open(plane_->conninfo(), Limits::within(kTime)).value();
        run(connection, "CHECKPOINT");
    }
    canaries_.expect_none_in_process(::getpid());
    server_->stop();
    server_.reset();
    log::shutdown();
    canaries_.expect_none_in("drydock's log", bytes_of(folder_.path() / "drydock.log"));
    EXPECT_NE(bytes_of(folder_.path() / "drydock.log").find("/api/v2/sessions"), std::string::npos)
        << "the log is empty";
    EXPECT_NE(bytes_of(plane_->folder() / "server.log").find("arameters: $1"), std::string::npos)
        << "the server of the control plane did not log parameters: this test saw nothing";
    EXPECT_TRUE(answered_with("o@a.example"));
    EXPECT_TRUE(answered_with("drydock_http_request_seconds")) << "no figures were read";
    ASSERT_TRUE(plane_->stop(Limits::within(kTime)));
    // What is no secret is found where a secret would be.
    std::size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator{plane_->folder()})
        if (entry.is_regular_file() && bytes_of(entry.path()).find("o@a.example") != std::string::npos) ++files;
    EXPECT_GE(files, 3U) << "heap, WAL and log";
    canaries_.expect_none_in_folder("the control plane", plane_->folder());
}

}  // namespace
}  // namespace drydock::app
