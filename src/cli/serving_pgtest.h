#pragma once

#include <csignal>
#include <memory>

#include "cli/program_pgtest.h"
#include "testing/child_process.h"

// Tests that are users of a running server.
namespace drydock::cli {

// `drydock serve` on a database of its own, for as long as this lives.
class Serving {
public:
    // Extra words come behind `serve`; extra variables in front.
    explicit Serving(std::vector<std::string> words = {}, std::vector<std::string> variables = {}) {
        variables.push_back("DATABASE_URL=" + database_.conninfo().url());
        variables.push_back("DRYDOCK_EGRESS_LOOPBACK=allow");
        variables.push_back("DRYDOCK_KEK_FILE=" + (folder_.path() / "master.key").string());
        variables.push_back("DRYDOCK_LOG_FILE=" + (folder_.path() / "log").string());
        make_key();
        argv_ = {"/usr/bin/env", "-i"};
        for (const auto& list : {clean_environment(), variables}) argv_.insert(argv_.end(), list.begin(), list.end());
        argv_.insert(argv_.end(), {DRYDOCK_BINARY, "serve", "--json", "--port", "0"});
        argv_.insert(argv_.end(), words.begin(), words.end());
        start();
    }

    // Another one on the same control plane; the one before must have ended.
    void start() {
        process_ = std::make_unique<::drydock::testing::ChildProcess>(argv_, folder_.path());
        const auto line = process_->wait_for_line("\"url\"");
        if (line.empty()) {
            ADD_FAILURE() << "the server did not start: " << process_->output();
            return;
        }
        const auto document = boost::json::parse(line);
        url_ = std::string{document.at("url").as_string()};
        if (const auto* const token = document.as_object().if_contains("setup_token")) token_ = token->as_string();
    }

    const std::string& url() const { return url_; }
    const std::string& setup_token() const { return token_; }
    const std::filesystem::path& folder() const { return folder_.path(); }
    std::string log() const { return folder_.read("log"); }
    std::string sql(std::string_view text) const { return database_.run(text); }
    // What the operator's commands on the same machine find.
    std::vector<std::string> operators_environment() const {
        return {
            "DATABASE_URL=" + database_.conninfo().url(),
            "DRYDOCK_KEK_FILE=" + (folder_.path() / "master.key").string(),
        };
    }
    ::drydock::testing::ChildProcess& process() { return *process_; }

private:
    void make_key() {
        const auto made =
            run({.argv = {DRYDOCK_BINARY, "key", "new", "master.key"}, .directory = folder_.path().string()},
                Limits::within(std::chrono::seconds{60}));
        EXPECT_TRUE(made && made->exit_code == 0) << (made ? made->output : made.error().message);
    }

    TestFolder folder_;
    ::drydock::testing::Database database_;
    std::vector<std::string> argv_;
    std::string url_;
    std::string token_;
    std::unique_ptr<::drydock::testing::ChildProcess> process_;
};

inline constexpr const char* kOwner = "ada@example.org";
inline constexpr const char* kPassword = "correct horse battery staple";

// One server for the whole suite, set up; each test has log-ins of its own, and is logged in as the owner.
class ServedTest : public ProgramTest {
protected:
    static void SetUpTestSuite() {
        serving_ = new Serving;
        owned_ = false;
    }
    static void TearDownTestSuite() {
        delete serving_;
        serving_ = nullptr;
    }

    ServedTest() {
        environment.push_back("XDG_CONFIG_HOME=" + (folder.path() / "config").string());
        environment.push_back("DRYDOCK_URL=" + serving_->url());
        folder.write("pw", std::string{kPassword} + "\n");
        if (!owned_) {
            owned_ = true;
            const auto setup = drydock(
                {"setup", "--token", serving_->setup_token(), "--email", kOwner, "--password-file", "pw", "--json"}
            );
            EXPECT_EQ(setup.exit_code, 0) << setup.out << setup.err;
        } else {
            log_in();
        }
    }

    void log_in() {
        const auto login = drydock({"login", "--email", kOwner, "--password-file", "pw"});
        EXPECT_EQ(login.exit_code, 0) << login.out << login.err;
    }
    static Serving& serving() { return *serving_; }

    // A role of the test server that may sign in over TCP, as a database to register.
    struct Target {
        std::string host = "127.0.0.1";
        std::string port;
        std::string database;
        std::string user;
        std::string password = "s3cret-canary";
        std::string url() const {
            return fmt::format("postgresql://{}:{}@{}:{}/{}", user, password, host, port, database);
        }
    };
    static Target target() {
        const auto where = ::drydock::testing::server().tcp_conninfo();
        Target made{.port = where.get("port"), .database = where.get("dbname"), .user = "registered"};
        ::drydock::testing::run_on(
            where,
            fmt::format(
                "DO $$ BEGIN IF to_regrole('registered') IS NULL THEN CREATE ROLE registered LOGIN PASSWORD '{}'; END "
                "IF; END $$",
                made.password
            )
        );
        return made;
    }

private:
    static inline Serving* serving_ = nullptr;
    static inline bool owned_ = false;
};

}  // namespace drydock::cli
