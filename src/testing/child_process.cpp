#include "testing/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {  // which glibc 2.36 forgets
#include <sys/pidfd.h>
}

#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

namespace drydock::testing {

namespace {

constexpr std::chrono::milliseconds kPatience{std::chrono::minutes{2}};

}  // namespace

struct ChildProcess::Impl {
    pid_t pid = -1;
    int output = -1;
    mutable std::mutex mutex;
    std::condition_variable changed;
    std::string text;
    bool ended = false;
    std::jthread reader;

    void read() {
        std::array<char, 4096> buffer{};
        for (;;) {
            const auto n = ::read(output, buffer.data(), buffer.size());
            const std::lock_guard lock{mutex};
            if (n > 0) text.append(buffer.data(), static_cast<std::size_t>(n));
            ended = n <= 0;
            changed.notify_all();
            if (ended) return;
        }
    }

    // The whole line that holds it.
    std::string find(const std::string& wanted) const {
        const auto at = text.find(wanted);
        if (at == std::string::npos) return {};
        const auto end = text.find('\n', at);
        if (end == std::string::npos) return {};
        const auto before = text.rfind('\n', at);
        const auto begin = before == std::string::npos ? 0 : before + 1;
        return text.substr(begin, end - begin);
    }
};

ChildProcess::ChildProcess(std::vector<std::string> argv, const std::filesystem::path& folder)
    : impl_(std::make_unique<Impl>()) {
    std::vector<char*> pointers;
    for (auto& argument : argv) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    std::array<int, 2> output{};
    EXPECT_EQ(::pipe2(output.data(), O_CLOEXEC), 0);
    impl_->pid = ::fork();
    if (impl_->pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::dup2(output[1], 1);
        ::dup2(output[1], 2);
        if (::chdir(folder.c_str()) == 0) ::execvp(pointers[0], pointers.data());
        ::_exit(127);
    }
    ::close(output[1]);
    EXPECT_GT(impl_->pid, 0);
    impl_->output = output[0];
    impl_->reader = std::jthread{[impl = impl_.get()] { impl->read(); }};
}

ChildProcess::~ChildProcess() {
    kill();
    impl_->reader.join();
    ::close(impl_->output);
}

std::string ChildProcess::wait_for_line(const std::string& text) {
    std::unique_lock lock{impl_->mutex};
    impl_->changed.wait_for(lock, kPatience, [&] { return impl_->ended || !impl_->find(text).empty(); });
    return impl_->find(text);
}

pid_t ChildProcess::pid() const {
    return impl_->pid;
}

std::string ChildProcess::output() const {
    const std::lock_guard lock{impl_->mutex};
    return impl_->text;
}

void ChildProcess::send(int signal) {
    if (impl_->pid > 0) ::kill(impl_->pid, signal);
}

int ChildProcess::wait() {
    if (impl_->pid <= 0) return -1;
    const int handle = ::pidfd_open(impl_->pid, 0);
    pollfd ended{handle, POLLIN, 0};
    const bool has_ended = ::poll(&ended, 1, static_cast<int>(kPatience.count())) == 1;
    ::close(handle);
    if (!has_ended) {
        ADD_FAILURE() << "a program that the test runs has not ended";
        send(SIGKILL);
    }
    int status = 0;
    if (::waitpid(impl_->pid, &status, 0) != impl_->pid) return -1;
    impl_->pid = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void ChildProcess::kill() {
    if (impl_->pid <= 0) return;
    ::kill(impl_->pid, SIGKILL);
    ::waitpid(impl_->pid, nullptr, 0);
    impl_->pid = -1;
}

}  // namespace drydock::testing
