#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace drydock::testing {

// A program that runs beside the test. Killed when this goes, and when the test dies.
class ChildProcess {
public:
    // Fails the test when it can't be started.
    ChildProcess(std::vector<std::string> argv, const std::filesystem::path& folder);
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    // Waits for a line of its output that holds the text, and gives it; "" when the program ended without it, or has
    // not said it within two minutes.
    std::string wait_for_line(const std::string& text);
    pid_t pid() const;
    // All that it has said so far.
    std::string output() const;
    // SIGKILL, and waits for its end.
    void kill();
    // Sends a signal, and goes on.
    void send(int signal);
    // Waits for its end; the exit code, or 128 + signal number when a signal ended it. One that does not end within two
    // minutes is killed, and fails the test.
    int wait();

    struct Impl;

private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace drydock::testing
