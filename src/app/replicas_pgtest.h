#pragma once

#include <sys/time.h>

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "app/ask_pgtest.h"
#include "base/files.h"
#include "testing/child_process.h"
#include "testing/surroundings.h"

// Whole servers in processes of their own, and a client that goes to the next one when one is gone.
namespace drydock::app {

// Asks one server. Nothing: it is gone, it went away while it answered, or it says nothing within a second.
inline std::optional<Answer> try_port(std::uint16_t port, const Ask& ask) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct Closer {
        int descriptor;
        ~Closer() { ::close(descriptor); }
    } closer{descriptor};
    const timeval second{.tv_sec = 1, .tv_usec = 0};
    ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
    ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof second);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return std::nullopt;
    const auto text = wire(ask);
    if (::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()))
        return std::nullopt;
    std::string got;
    char chunk[8192];
    ssize_t n = 0;
    while ((n = ::recv(descriptor, chunk, sizeof chunk, 0)) > 0) got.append(chunk, static_cast<std::size_t>(n));
    const auto end = got.find("\r\n\r\n");
    if (n < 0 || end == std::string::npos) return std::nullopt;
    auto answer = parse_head(got.substr(0, end + 4));
    answer.body = got.substr(end + 4);
    if (iequals(answer.header("Transfer-Encoding"), "chunked")) {
        if (!answer.body.ends_with("0\r\n\r\n")) return std::nullopt;
        answer.body = unchunked(answer.body);
    } else if (const auto length = answer.header("Content-Length"); !length.empty()) {
        if (answer.body.size() != std::stoul(std::string{length})) return std::nullopt;
    }
    return answer;
}

// This same program, started as a server (ReplicaServer in replicas_pgtest.cpp), on a free port.
class Replica {
public:
    Replica(const std::vector<std::string>& variables, const std::filesystem::path& folder) {
        std::vector<std::string> argv{"/usr/bin/env"};
        argv.insert(argv.end(), variables.begin(), variables.end());
        argv.insert(
            argv.end(),
            {std::filesystem::read_symlink("/proc/self/exe").string(),
             "--gtest_also_run_disabled_tests",
             "--gtest_filter=ReplicaServer.*",
             "--gtest_brief=1"}
        );
        process_ = std::make_unique<testing::ChildProcess>(argv, folder);
    }

    // Until it answers.
    void wait_until_it_serves() {
        const auto line = process_->wait_for_line("\"port\"");
        ASSERT_FALSE(line.empty()) << "a server did not start: " << process_->output();
        const auto document = json::parse(line);
        port_ = document.at("port").to_number<std::uint16_t>();
        pid_ = document.at("pid").to_number<pid_t>();
        setup_token_ = document.at("setup_token").as_string();
    }

    std::uint16_t port() const { return port_; }
    pid_t pid() const { return pid_; }
    const std::string& setup_token() const { return setup_token_; }
    std::string output() const { return process_->output(); }
    void send(int signal) { process_->send(signal); }
    void kill() { process_->kill(); }
    // Lets it finish what it does; its exit code.
    int end() {
        process_->send(SIGTERM);
        return process_->wait();
    }

private:
    std::unique_ptr<testing::ChildProcess> process_;
    std::uint16_t port_ = 0;
    pid_t pid_ = 0;
    std::string setup_token_;
};

}  // namespace drydock::app
