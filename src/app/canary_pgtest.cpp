#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "app/samples_pgtest.h"
#include "app/server_pgtest.h"
#include "base/files.h"
#include "base/log.h"
#include "base/random.h"
#include "crypto/bytes.h"
#include "crypto/totp.h"
#include "http/cursor.h"
#include "pg_server/throwaway.h"
#include "testing/surroundings.h"

// Secrets that are known go in at every place that takes one, and are then looked for everywhere else: in what the
// server answers, logs, measures, audits and keeps, and in what its database writes down with everything logged.
namespace drydock::app {
namespace {

namespace fs = std::filesystem;

struct Canary {
    std::string where;
    std::string text;
};

std::string url_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0)
            out += c;
        else
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

// As it is, and in the spellings that programs give a text on its way.
std::vector<std::string> spellings(const std::string& text) {
    std::vector<std::string> out{text, crypto::hex(text), url_encoded(text)};
    auto upper = crypto::hex(text);
    std::ranges::transform(upper, upper.begin(), [](char c) {
        return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    out.push_back(upper);
    // In the middle of something longer base64 has three ways to spell it; the ends depend on what stands beside.
    for (std::size_t before = 0; before < 3; ++before) {
        auto spelt = http::base64url(std::string(before, 'x') + text);
        spelt = spelt.substr(before == 0 ? 0 : 4, spelt.size() - 8);
        out.push_back(spelt);
        std::ranges::replace(spelt, '-', '+');
        std::ranges::replace(spelt, '_', '/');
        out.push_back(spelt);
    }
    return out;
}

std::string all_of(const fs::path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

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
        const auto key = crypto::hex(random_hex(16));
        options.keys.text = Secret{"k1 " + key};
        know("the master key", key);
        options.jwt_secret = Secret{make("JWT_SECRET")};
        // Nothing listens there: the server does without it.
        options.redis_url = Secret{fmt::format("redis://:{}@127.0.0.1:1/0", make("REDIS_URL"))};
        server_ = start_server(std::move(options));
        port_ = port_of(*server_);
    }
    ~CanaryTest() override {
        server_.reset();
        log::shutdown();
        for (const auto& role : roles_) target_.run(fmt::format("DROP ROLE {}", role));
    }

    // A secret of this test, and where it is going to be.
    std::string make(std::string where) {
        auto text = "cnry" + random_hex(14);
        know(std::move(where), text);
        return text;
    }
    void know(std::string where, std::string text) {
        if (text.size() >= 12) canaries_.push_back({std::move(where), std::move(text)});
    }

    // What is answered may hold no secret.
    Answer ask(const Ask& request) {
        auto answer = ask_port(port_, request);
        answers_ += fmt::format("\n=== {} {}\n{}", name(request.method), request.target, answer.seen());
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
        target_.run(fmt::format("CREATE ROLE {} LOGIN PASSWORD '{}'", role, password));
        return fmt::format(
            "postgresql://{}:{}@127.0.0.1:{}/{}",
            role,
            password,
            testing::server().tcp_conninfo().get("port"),
            target_.conninfo().get("dbname")
        );
    }

    void expect_nothing_in(const std::string& place, std::string_view text) const {
        for (const auto& canary : canaries_) {
            for (const auto& spelling : spellings(canary.text)) {
                const auto at = text.find(spelling);
                if (at == std::string_view::npos) continue;
                const auto begin = at < 300 ? 0 : at - 300;
                std::string around{text.substr(begin, 500)};
                for (auto& c : around)
                    if (static_cast<unsigned char>(c) < ' ' && c != '\n') c = '.';
                ADD_FAILURE() << canary.where << " stands in " << place << ":\n" << around;
                break;
            }
        }
    }
    void expect_nothing_in_folder(const std::string& place, const fs::path& folder) const {
        for (const auto& entry : fs::recursive_directory_iterator{folder})
            if (entry.is_regular_file()) expect_nothing_in(place + entry.path().string(), all_of(entry.path()));
    }

    void set_up();
    void second_factor();
    void people();
    void databases();
    void every_secret_field();
    void every_reading();

    testing::TempFolder folder_;
    testing::Database target_;
    std::vector<std::string> roles_;
    std::optional<pg_server::Throwaway> plane_;
    std::vector<Canary> canaries_;
    std::unique_ptr<Server> server_;
    std::uint16_t port_ = 0;
    std::string answers_;
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
    know("an API token", ask_for_secret("/api/v2/tokens", json::object{{"name", "t"}}).text("token"));
    ask({.target = "/api/v2/me", .token = canaries_.back().text});
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
          "host=127.0.0.1 password={}",
          "mysql://u:{}@127.0.0.1/d"}) {
        const auto text = fmt::format(fmt::runtime(form), make(form));
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
            const auto text = make(fmt::format("{} of {}", field.name, route.operation));
            request.body->as_object()[field.name] = text;
        }
        if (fields == before) continue;
        ask(request);
        // And where the request is wrong in another way.
        request.body->as_object()["no_such_field"] = 1;
        ask(request);
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

TEST_F(CanaryTest, NoSecretIsAnywhereButWhereItBelongs) {
    set_up();
    second_factor();
    people();
    databases();
    if (HasFatalFailure()) return;
    every_secret_field();
    every_reading();
    EXPECT_GT(canaries_.size(), 60U);

    expect_nothing_in("an answer", answers_);
    {
        auto connection = pg::Connection::open(plane_->conninfo(), Limits::within(kTime)).value();
        run(connection, "CHECKPOINT");
    }
    // Of children of ours everybody on the machine may see the command line.
    for (const auto& entry : fs::directory_iterator{"/proc"}) {
        std::error_code none;
        if (!fs::exists(entry.path() / "stat", none)) continue;
        for (const auto* const file : {"cmdline", "environ"})
            expect_nothing_in((entry.path() / file).string(), all_of(entry.path() / file));
    }
    server_->stop();
    server_.reset();
    log::shutdown();
    expect_nothing_in("drydock's log", all_of(folder_.path() / "drydock.log"));
    EXPECT_NE(all_of(folder_.path() / "drydock.log").find("/api/v2/sessions"), std::string::npos) << "the log is empty";
    EXPECT_NE(all_of(plane_->folder() / "server.log").find("arameters: $1"), std::string::npos)
        << "the server of the control plane did not log parameters: this test saw nothing";
    EXPECT_NE(answers_.find("o@a.example"), std::string::npos);
    ASSERT_TRUE(plane_->stop(Limits::within(kTime)));
    // What is no secret is found where a secret would be.
    std::size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator{plane_->folder()})
        if (entry.is_regular_file() && all_of(entry.path()).find("o@a.example") != std::string::npos) ++files;
    EXPECT_GE(files, 3U) << "heap, WAL and log";
    expect_nothing_in_folder("the control plane, ", plane_->folder());
}

}  // namespace
}  // namespace drydock::app
