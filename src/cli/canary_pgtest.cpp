// Every secret that an operator gives to the whole program, by the environment, by files and by commands, and then the
// look for them: in what it says, logs and measures, in what its control plane and its Redis write down, in the audit
// sink, and in the arguments and the environment of its processes.
#include <sys/stat.h>

#include <algorithm>

#include "app/ask_pgtest.h"
#include "base/encoding.h"
#include "cli/program_pgtest.h"
#include "crypto/bytes.h"
#include "pg_server/throwaway.h"
#include "testing/canaries.h"
#include "testing/certificates.h"
#include "testing/child_process.h"
#include "testing/mongo_server.h"
#include "testing/redis_server.h"
#include "testing/socket_server.h"

namespace drydock::cli {
namespace {

namespace fs = std::filesystem;
using ::drydock::testing::bytes_of;
using ::drydock::testing::url_encoded;
using ::testing::HasSubstr;

constexpr std::chrono::seconds kTime{120};
constexpr const char* kOwner = "ada@canary.example";

const std::vector<std::string> kEverythingLogged{
    "log_statement=all",
    "log_min_duration_statement=0",
    "log_parameter_max_length=-1",
    "log_parameter_max_length_on_error=-1",
    "log_min_messages=debug1",
    "log_min_error_statement=debug1",
    "log_error_verbosity=verbose",
};

// A provider to sign in by, which refuses and says too much.
class Provider {
public:
    explicit Provider(std::string secret)
        : secret_(std::move(secret)), server_([this](::drydock::testing::Peer& peer) { serve(peer); }) {}
    std::string issuer() const { return fmt::format("http://127.0.0.1:{}", server_.port()); }
    int accepted() const { return server_.accepted(); }

private:
    void serve(::drydock::testing::Peer& peer) const {
        const auto request = peer.read_until("\r\n\r\n");
        boost::json::object answer{
            {"issuer", issuer()},
            {"authorization_endpoint", issuer() + "/auth"},
            {"token_endpoint", issuer() + "/token"},
            {"jwks_uri", issuer() + "/keys"},
        };
        const bool exchange = request.starts_with("POST");
        if (exchange) {
            answer = {
                {"error", "invalid_client"}, {"error_description", fmt::format("{} is wrong: {}", secret_, request)}
            };
        }
        const auto body = boost::json::serialize(answer);
        peer.write(fmt::format(
            "HTTP/1.1 {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
            exchange ? "401 Unauthorized" : "200 OK",
            body.size(),
            body
        ));
    }

    std::string secret_;
    ::drydock::testing::SocketServer server_;
};

class ProgramCanary : public ProgramTest {
protected:
    ProgramCanary() : provider_(client_secret_) {
        plane_.emplace(pg_server::Throwaway::start({.settings = kEverythingLogged}, Limits::within(kTime)).value());
        make_control_database();
        make_key_command();
        fs::create_directories(folder.path() / "redis");
        redis_.emplace(::drydock::testing::RedisSettings{
            .password = redis_password_, .lines = {"dir " + (folder.path() / "redis").string(), "rdbcompression no"}
        });
        for (const auto& line : std::vector<std::string>{
                 "DRYDOCK_KEK_CMD=/bin/sh " + (folder.path() / "kms.sh").string(),
                 "JWT_SECRET=" + canaries_.make("JWT_SECRET"),
                 fmt::format("REDIS_URL=redis://:{}@127.0.0.1:{}/0", redis_password_, redis_->port()),
                 "DRYDOCK_OIDC_ISSUER=" + provider_.issuer(),
                 "DRYDOCK_OIDC_CLIENT_ID=drydock",
                 "DRYDOCK_OIDC_CLIENT_SECRET=" + client_secret_,
                 "DRYDOCK_SHADOW_URL=postgresql://s:" + canaries_.make_word("DRYDOCK_SHADOW_URL") + "@127.0.0.1:1/d",
                 "DRYDOCK_TOKEN=ddk_p_" + canaries_.make_word("DRYDOCK_TOKEN"),
                 "PORTAL_DB_PASSWORD=" + canaries_.make("PORTAL_DB_PASSWORD"),
                 "PG_INSTANCE_7_URI=" + target_url(canaries_.make("a password of the server's environment")),
                 "DRYDOCK_AUDIT_SINK=" + (folder.path() / "sink").string(),
                 "DRYDOCK_PROFILE=development",
                 "DRYDOCK_EGRESS_LOOPBACK=allow",
                 "DRYDOCK_HEALTH_INTERVAL=1s",
                 "DRYDOCK_LOG_LEVEL=debug",
                 "DRYDOCK_LOG_FILE=" + (folder.path() / "log").string(),
             })
            server_environment_.push_back(line);
        server_environment_.push_back("DATABASE_URL=" + control_url(database_password_));
        environment.push_back("XDG_CONFIG_HOME=" + (folder.path() / "config").string());
    }
    ~ProgramCanary() override {
        for (const auto& role : roles_)
            ::drydock::testing::run_on(::drydock::testing::server().conninfo(), "DROP ROLE " + role);
    }

    // In a session that logs nothing, as whoever gives a role its password has to.
    void make_control_database() {
        auto quiet = plane_->conninfo();
        quiet.set("options", "-c log_statement=none -c log_min_duration_statement=-1");
        ::drydock::testing::run_on(quiet, fmt::format("CREATE ROLE control LOGIN PASSWORD '{}'", database_password_));
        ::drydock::testing::run_on(plane_->conninfo(), "CREATE DATABASE control OWNER control");
        auto where = plane_->conninfo();
        where.set("dbname", "control");
        ::drydock::testing::run_on(where, "CREATE EXTENSION IF NOT EXISTS pgcrypto");
    }
    std::string control_url(const std::string& password) const {
        return fmt::format(
            "postgresql://control:{}@127.0.0.1:{}/control", password, plane_->tcp_conninfo().get("port")
        );
    }
    // Prints the key, and notes what a program sees that the server has started.
    void make_key_command() {
        const auto key = hex(crypto::random_bytes(32));
        canaries_.know("the master key", key);
        canaries_.know("the master key's bytes", from_hex(key).value());
        folder.write("kms/key", "k1 " + key + "\n");
        const auto seen = (folder.path() / "seen").string();
        folder.write(
            "kms.sh",
            fmt::format(
                "mkdir -p {0}\ncat /proc/$$/environ > {0}/environ.$$\ncat /proc/$$/cmdline > {0}/cmdline.$$\n"
                "cat /proc/$PPID/cmdline > {0}/parent.$$\ncat {1}/kms/key\n",
                seen,
                folder.path().string()
            )
        );
    }
    // A login role of the tests' server.
    std::string target_url(const std::string& password) {
        const auto role = fmt::format("canary_{}", hex(crypto::random_bytes(4)));
        roles_.push_back(role);
        auto quoted = password;
        for (auto at = quoted.find('\''); at != std::string::npos; at = quoted.find('\'', at + 2))
            quoted.insert(at, "'");
        const auto where = ::drydock::testing::server().tcp_conninfo();
        ::drydock::testing::run_on(
            ::drydock::testing::server().conninfo(), fmt::format("CREATE ROLE {} LOGIN PASSWORD '{}'", role, quoted)
        );
        return fmt::format(
            "postgresql://{}:{}@127.0.0.1:{}/{}", role, url_encoded(password), where.get("port"), where.get("dbname")
        );
    }

    // What it says to a person may hold no secret.
    Answer say(const std::vector<std::string>& words) {
        auto answer = drydock(words);
        said_ += fmt::format("\n=== {}: {}\n{}{}", words.front(), answer.exit_code, answer.out, answer.err);
        return answer;
    }
    // The same in the server's environment, changed.
    Answer say_as_server(const std::vector<std::string>& words, const std::vector<std::string>& changed) {
        const auto before = environment;
        environment.insert(environment.end(), server_environment_.begin(), server_environment_.end());
        environment.insert(environment.end(), changed.begin(), changed.end());
        auto answer = say(words);
        environment = before;
        return answer;
    }
    app::Answer ask(const app::Ask& request) {
        auto answer = app::ask_port(port_, request);
        said_ += "\n=== an answer\n" + answer.seen();
        return answer;
    }

    void start(const std::vector<std::string>& words);
    void stop();
    void what_it_can_not_start_with();
    void sign_in();
    void register_everything();
    void sign_in_by_the_provider();
    void serve_with_tls();
    void look_at_its_processes() const;
    void look_at_what_redis_keeps();

    ::drydock::testing::Canaries canaries_;
    std::string database_password_ = canaries_.make_word("DATABASE_URL");
    std::string redis_password_ = canaries_.make_word("REDIS_URL");
    std::string client_secret_ = canaries_.make_word("DRYDOCK_OIDC_CLIENT_SECRET");
    std::vector<std::string> roles_;
    std::vector<std::string> server_environment_;
    std::optional<pg_server::Throwaway> plane_;
    std::optional<::drydock::testing::RedisServer> redis_;
    Provider provider_;
    std::string said_;
    std::uint16_t port_ = 0;
    std::unique_ptr<::drydock::testing::ChildProcess> process_;
};

void ProgramCanary::start(const std::vector<std::string>& words) {
    std::vector<std::string> argv{"/usr/bin/env", "-i"};
    for (const auto& list : {clean_environment(), server_environment_})
        argv.insert(argv.end(), list.begin(), list.end());
    port_ = ::drydock::testing::free_port();
    const auto url = fmt::format("{}://127.0.0.1:{}", words.empty() ? "http" : "https", port_);
    argv.push_back("DRYDOCK_PUBLIC_URL=" + url);
    argv.insert(argv.end(), {DRYDOCK_BINARY, "serve", "--json", "--port", std::to_string(port_)});
    argv.insert(argv.end(), words.begin(), words.end());
    process_ = std::make_unique<::drydock::testing::ChildProcess>(argv, folder.path());
    const auto line = process_->wait_for_line("\"url\"");
    ASSERT_FALSE(line.empty()) << process_->output();
    const auto document = boost::json::parse(line);
    EXPECT_EQ(document.at("url").as_string(), url);
    if (const auto* const token = document.as_object().if_contains("setup_token")) {
        canaries_.know("the setup token", std::string{token->as_string()});
        folder.write("in/setup", std::string{token->as_string()});
    }
    std::erase_if(environment, [](const std::string& variable) { return variable.starts_with("DRYDOCK_URL="); });
    environment.push_back("DRYDOCK_URL=" + url);
}

void ProgramCanary::stop() {
    process_->send(SIGTERM);
    EXPECT_EQ(process_->wait(), 0);
}

void ProgramCanary::what_it_can_not_start_with() {
    const auto word = [&](const char* where) { return canaries_.make_word(where); };
    const auto refused = [&](const std::string& variable) {
        const auto serve = say_as_server({"serve", "--port", "0"}, {variable});
        EXPECT_NE(serve.exit_code, 0) << variable << serve.out;
        say_as_server({"doctor"}, {variable});
    };
    refused("JWT_SECRET=" + word("a JWT_SECRET that is too short").substr(0, 24));
    refused("REDIS_URL=redis:///:" + word("a REDIS_URL that is none") + "@:x");
    refused("DATABASE_URL=" + control_url(word("a DATABASE_URL with a wrong password")));
    refused("DATABASE_URL=postgresql://control:" + word("a DATABASE_URL with a wrong port") + "@127.0.0.1:port/d");
    refused("DATABASE_URL=host='127.0.0.1 password=" + word("a DATABASE_URL with an open quote"));
    refused("DRYDOCK_KEK=" + word("a master key that is none"));
    folder.write("kms/no-key", word("what a command prints that fails"));
    refused("DRYDOCK_KEK_CMD=/bin/sh -c 'cat " + (folder.path() / "kms/no-key").string() + "; exit 3'");
    refused("DRYDOCK_KEK_CMD=/bin/cat " + (folder.path() / "kms/no-key").string());
    EXPECT_EQ(say_as_server({"config", "show"}, {}).exit_code, 0);
    EXPECT_EQ(say_as_server({"config", "show", "--json"}, {}).exit_code, 0);
}

void ProgramCanary::sign_in() {
    folder.write("in/password", canaries_.make("the owner's password") + "\n");
    folder.write("in/wrong", canaries_.make("a wrong password") + "\n");
    const auto setup = say({"setup", "--token-file", "in/setup", "--email", kOwner, "--password-file", "in/password"});
    ASSERT_EQ(setup.exit_code, 0) << setup.err;
    EXPECT_NE(say({"login", "--email", kOwner, "--password-file", "in/wrong"}).exit_code, 0);
    ASSERT_EQ(say({"login", "--email", kOwner, "--password-file", "in/password"}).exit_code, 0);
    // A token is told to whoever made it, and then taken from a variable.
    const auto token = drydock({"token", "create", "robot", "--json"}).json_at("/token");
    canaries_.know("an API token", token);
    environment.push_back("DRYDOCK_TOKEN=" + token);
    EXPECT_EQ(say({"whoami"}).exit_code, 0);
    EXPECT_EQ(say({"config", "show"}).exit_code, 0);
    environment.pop_back();
}

void ProgramCanary::register_everything() {
    const auto enter = [&](const std::string& name, const std::string& url) {
        folder.write("in/" + name, url + "\n");
        say({"db", "register", name, "--project", "p", "--url-file", "in/" + name, "--dry-run"});
        say({"db", "register", name, "--project", "p", "--url-file", "in/" + name, "--test"});
        say({"db", "register", name, "--project", "p", "--url-file", "in/" + name});
        say({"db", "test", name});
        say({"db", "show", name, "--json"});
    };
    ASSERT_EQ(say({"project", "create", "p"}).exit_code, 0);
    const auto good = target_url(canaries_.make("the password of a PostgreSQL database"));
    enter("orders", good);
    EXPECT_EQ(say({"db", "test", "orders"}).exit_code, 0);
    auto wrong = good;
    wrong.replace(wrong.find(':', 14) + 1, 0, canaries_.make_word("a wrong password of a PostgreSQL database"));
    enter("wrong", wrong);
    const auto rotated = say({"db", "rotate", "orders", "--yes"});
    EXPECT_EQ(rotated.exit_code, 0) << rotated.err;
    const auto now = drydock({"db", "reveal", "orders", "--reason", "a test", "--json"}).json_at("/connection_string");
    const auto colon = now.find(':', now.find("//"));
    canaries_.know("a rotated password", now.substr(colon + 1, now.rfind('@') - colon - 1));
    EXPECT_LT(colon, now.rfind('@')) << now;

    const auto cache = canaries_.make_word("the password of a Redis database");
    const ::drydock::testing::RedisServer target{{.password = cache}};
    enter("cache", fmt::format("redis://:{}@127.0.0.1:{}/0", cache, target.port()));
    EXPECT_EQ(say({"db", "test", "cache"}).exit_code, 0);
    ::drydock::testing::SocketServer parrot{[](::drydock::testing::Peer& peer) {
        for (auto heard = peer.read(); !heard.empty(); heard = peer.read()) {
            std::ranges::replace_if(heard, [](char c) { return c == '\r' || c == '\n'; }, ' ');
            peer.write("-ERR unknown command, with args beginning with: " + heard + "\r\n");
        }
    }};
    const auto repeated = url_encoded(canaries_.make("a password that is repeated"));
    enter("parrot", fmt::format("redis://:{}@127.0.0.1:{}/0", repeated, parrot.port()));

    if (const auto missing = ::drydock::testing::MongoServer::missing()) {
        fmt::print(stderr, "without a MongoDB: {}\n", *missing);
    } else {
        const auto password = canaries_.make_word("the password of a MongoDB database");
        const ::drydock::testing::MongoServer mongo{{.user = "m", .password = password}};
        enter("documents", fmt::format("mongodb://m:{}@127.0.0.1:{}/admin", password, mongo.port()));
        EXPECT_EQ(say({"db", "test", "documents"}).exit_code, 0);
        const auto other = canaries_.make_word("a wrong password of a MongoDB database");
        enter("documents-wrong", fmt::format("mongodb://m:{}@127.0.0.1:{}/admin", other, mongo.port()));
    }
    EXPECT_EQ(
        say({"db", "register", "here", "--project", "p", "--from-env", "PG_INSTANCE_7_URI", "--test"}).exit_code, 0
    );
    EXPECT_EQ(say({"key", "rotate", "--project", "p", "--yes"}).exit_code, 0);
    for (const auto* const name : {"orders", "wrong", "cache", "parrot", "here"}) say({"db", "check", name});
    say({"db", "list"});
    EXPECT_EQ(say({"audit", "list", "--json"}).exit_code, 0);
    EXPECT_EQ(say({"audit", "export"}).exit_code, 0);
    EXPECT_EQ(say({"audit", "verify"}).exit_code, 0);
}

void ProgramCanary::sign_in_by_the_provider() {
    const auto begun = ask({.target = "/api/v2/sign-in/sso/start"});
    ASSERT_EQ(begun.status, 303U) << begun.body;
    const std::string address{begun.header("Location")};
    const auto state = address.substr(address.find("state=") + 6);
    const std::string cookie{begun.header("Set-Cookie")};
    const auto before = provider_.accepted();
    const auto back = ask(
        {.target = fmt::format(
             "/api/v2/sign-in/callback?state={}&code={}",
             state.substr(0, state.find('&')),
             canaries_.make_word("a provider's code")
         ),
         .headers = {{"Cookie", cookie.substr(0, cookie.find(';'))}}}
    );
    EXPECT_GE(back.status, 400U) << back.body;
    EXPECT_GT(provider_.accepted(), before) << "the secret was not sent";
}

// The key of its certificate, a key that is not the certificate's, and a renewal that is wrong.
void ProgramCanary::serve_with_tls() {
    ::drydock::testing::Certificates certificates;
    const auto files = certificates.issue("drydock", "IP:127.0.0.1");
    const auto other = certificates.issue("another", "IP:127.0.0.1");
    for (const auto& key : {files.key, other.key})
        for (const auto line : split(bytes_of(key), '\n'))
            if (!line.starts_with("-")) canaries_.know("the key of a certificate", line);
    fs::copy_file(files.key, folder.path() / "in/tls.key");
    const std::vector<std::string> words{
        "--tls-cert", files.certificate.string(), "--tls-key", (folder.path() / "in/tls.key").string()
    };
    auto mixed = words;
    mixed.back() = other.key.string();
    mixed.insert(mixed.begin(), {"serve", "--port", "0"});
    EXPECT_NE(say_as_server(mixed, {}).exit_code, 0);
    ASSERT_NO_FATAL_FAILURE(start(words));
    environment.push_back("DRYDOCK_SERVER_CA=" + certificates.authority().string());
    EXPECT_EQ(say({"login", "--email", kOwner, "--password-file", "in/password"}).exit_code, 0);
    EXPECT_EQ(say({"db", "list"}).exit_code, 0);
    look_at_its_processes();
    fs::copy_file(other.key, folder.path() / "in/tls.key", fs::copy_options::overwrite_existing);
    process_->send(SIGHUP);
    stop();
    EXPECT_THAT(folder.read("log"), HasSubstr("the certificate stays the old one"));
}

void ProgramCanary::look_at_its_processes() const {
    canaries_.expect_none_in_process(process_->pid());
    const auto limits = bytes_of(fmt::format("/proc/{}/limits", process_->pid()));
    const auto core = limits.substr(limits.find("Max core file size"));
    EXPECT_EQ(core.substr(26, 2), "0 ") << core.substr(0, 80);
}

void ProgramCanary::look_at_what_redis_keeps() {
    http::RawClient client{redis_->port()};
    client.send(
        fmt::format("*2\r\n$4\r\nAUTH\r\n${}\r\n{}\r\n*1\r\n$4\r\nSAVE\r\n", redis_password_.size(), redis_password_)
    );
    EXPECT_EQ(client.read_to("+OK\r\n"), "+OK\r\n");
    EXPECT_EQ(client.read_to("+OK\r\n"), "+OK\r\n");
    const auto kept = bytes_of(folder.path() / "redis/dump.rdb");
    EXPECT_THAT(kept, HasSubstr("login")) << "nothing was counted in Redis";
    canaries_.expect_none_in("what Redis keeps", kept);
}

TEST_F(ProgramCanary, NoSecretIsAnywhereButWhereItBelongs) {
    ASSERT_NO_FATAL_FAILURE(what_it_can_not_start_with());
    ASSERT_NO_FATAL_FAILURE(start({}));
    ASSERT_NO_FATAL_FAILURE(sign_in());
    ASSERT_NO_FATAL_FAILURE(register_everything());
    ASSERT_NO_FATAL_FAILURE(sign_in_by_the_provider());
    EXPECT_THAT(ask({.target = "/metrics"}).body, HasSubstr("drydock_redis_up 1"));
    look_at_its_processes();
    stop();
    ASSERT_NO_FATAL_FAILURE(serve_with_tls());
    look_at_what_redis_keeps();

    EXPECT_GT(canaries_.size(), 40U);
    canaries_.expect_none_in("what it said", said_);
    canaries_.expect_none_in("what the server said", process_->output());
    canaries_.expect_none_in("the log", folder.read("log"));
    EXPECT_THAT(folder.read("log"), HasSubstr("/api/v2/databases"));
    canaries_.expect_none_in("the audit sink", folder.read("sink"));
    canaries_.expect_none_in_folder("what its children see", folder.path() / "seen");
    EXPECT_TRUE(std::ranges::any_of(fs::directory_iterator{folder.path() / "seen"}, [](const auto& entry) {
        return bytes_of(entry.path()).find("PATH=") != std::string::npos;
    })) << "no child told of its environment";

    EXPECT_THAT(bytes_of(plane_->folder() / "server.log"), HasSubstr("arameters: $1")) << "nothing was logged";
    ::drydock::testing::run_on(plane_->conninfo(), "CHECKPOINT");
    ASSERT_TRUE(plane_->stop(Limits::within(kTime)));
    canaries_.expect_none_in_folder("the control plane", plane_->folder());
}

}  // namespace
}  // namespace drydock::cli
