#pragma once

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "cli/program_pgtest.h"

namespace drydock::cli {

// drydock in a terminal of its own.
class InTerminal {
public:
    InTerminal(
        const std::filesystem::path& folder,
        const std::vector<std::string>& variables,
        const std::vector<std::string>& arguments
    ) {
        std::vector<std::string> words{DRYDOCK_BINARY};
        words.insert(words.end(), arguments.begin(), arguments.end());
        auto values = clean_environment();
        values.emplace_back("TERM=xterm");
        values.insert(values.end(), variables.begin(), variables.end());
        const auto argv = pointers(words);
        const auto environment = pointers(values);
        const auto directory = folder.string();
        winsize size{.ws_row = 24, .ws_col = 100};
        pid_ = ::forkpty(&master_, nullptr, nullptr, &size);
        if (pid_ == 0) {
            if (::chdir(directory.c_str()) == 0) ::execve(argv[0], argv.data(), environment.data());
            ::_exit(127);
        }
    }
    InTerminal(const InTerminal&) = delete;
    InTerminal& operator=(const InTerminal&) = delete;
    ~InTerminal() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        ::close(master_);
    }

    // Reads until the text has come; false when the program ends or a minute passes without it.
    bool wait_for(std::string_view text) {
        while (screen.find(text) == std::string::npos) {
            if (!read_more()) return false;
        }
        return true;
    }
    void type(std::string_view text) const {
        [[maybe_unused]] const auto written = ::write(master_, text.data(), text.size());
    }
    int exit_code() {
        while (read_more()) continue;
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }

    std::string screen;

private:
    static std::vector<char*> pointers(std::vector<std::string>& texts) {
        std::vector<char*> result;
        for (auto& text : texts) result.push_back(text.data());
        result.push_back(nullptr);
        return result;
    }

    bool read_more() {
        pollfd wait{master_, POLLIN, 0};
        if (::poll(&wait, 1, 60'000) <= 0) return false;
        std::array<char, 4096> buffer{};
        const auto n = ::read(master_, buffer.data(), buffer.size());
        if (n <= 0) return false;
        screen.append(buffer.data(), static_cast<std::size_t>(n));
        return true;
    }

    pid_t pid_ = -1;
    int master_ = -1;
};

}  // namespace drydock::cli
