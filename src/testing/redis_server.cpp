#include "testing/redis_server.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "testing/socket_server.h"

namespace drydock::testing {

RedisServer::RedisServer(RedisSettings settings) : settings_(std::move(settings)) {
    // Somebody else may take the port in between; then another one is as good.
    for (int i = 0; i < 10; ++i) {
        port_ = free_port();
        if (try_start()) return;
    }
    ADD_FAILURE() << "redis-server does not start: " << process_->output();
}

bool RedisServer::try_start() {
    std::string text = "bind 127.0.0.1\nsave \"\"\nappendonly no\nunixsocket redis.sock\nlogfile \"\"\n";
    text += fmt::format("{} {}\n", settings_.tls ? "port 0\ntls-port" : "port", port_);
    if (!settings_.password.empty()) text += fmt::format("requirepass {}\n", settings_.password);
    for (const auto& user : settings_.users) text += fmt::format("user {}\n", user);
    if (settings_.tls) {
        text += fmt::format(
            "tls-cert-file {}\ntls-key-file {}\n", settings_.tls->certificate.string(), settings_.tls->key.string()
        );
        text += settings_.tls_authority.empty()
                    ? "tls-auth-clients no\n"
                    : fmt::format("tls-auth-clients yes\ntls-ca-cert-file {}\n", settings_.tls_authority.string());
    }
    for (const auto& line : settings_.lines) text += line + "\n";
    EXPECT_TRUE(write_file(folder_.path() / "redis.conf", text).has_value());
    process_ = std::make_unique<ChildProcess>(std::vector<std::string>{"redis-server", "redis.conf"}, folder_.path());
    return !process_->wait_for_line("Ready to accept connections").empty();
}

void RedisServer::kill() {
    process_->kill();
}

void RedisServer::start() {
    EXPECT_TRUE(try_start()) << process_->output();
}

}  // namespace drydock::testing
