#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/files.h"
#include "cli/remote.h"

namespace drydock::cli {
namespace {

constexpr std::size_t kLongestSecret = 16'384;
constexpr int kAskAgainMs = 100;

// The terminal shows nothing of what is typed until this goes.
class Unseen {
public:
    Unseen() {
        if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
        auto quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
    }
    Unseen(const Unseen&) = delete;
    Unseen& operator=(const Unseen&) = delete;
    ~Unseen() {
        if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }

private:
    termios before_{};
    bool changed_ = false;
};

std::string first_line(std::string_view text) {
    auto line = text.substr(0, text.find('\n'));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return std::string{line};
}

// A line of standard input. Ctrl-C ends the wait, so that the terminal shows again what is typed.
Result<std::string> read_input(const std::stop_token& stop) {
    std::string text;
    while (text.size() < kLongestSecret) {
        if (stop.stop_requested())
            return Error{.code = ErrorCode::cancelled, .message = "stopped on request; nothing was done"};
        pollfd wait{STDIN_FILENO, POLLIN, 0};
        if (::poll(&wait, 1, kAskAgainMs) <= 0) continue;
        char c = 0;
        if (::read(STDIN_FILENO, &c, 1) != 1 || c == '\n') break;
        text += c;
    }
    return first_line(text);
}

Result<Secret> not_empty(std::string text, std::string_view prompt) {
    if (!text.empty()) return Secret{std::move(text)};
    return Error{.code = ErrorCode::invalid_argument, .message = fmt::format("the {} is empty", prompt)};
}

Result<Secret> ask(Session& session, std::string_view prompt) {
    if (::isatty(STDIN_FILENO) == 0) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format("there is no terminal to ask for the {} at", prompt),
            .hint = "Give it in a file, or by \"-\" on standard input; never as an argument, which everybody can see.",
        };
    }
    auto text = [&] {
        const Unseen unseen;  // before anybody can have begun to type
        fmt::print(stderr, "{}: ", prompt);
        std::fflush(stderr);
        return read_input(session.limits().stop);
    }();
    fmt::print(stderr, "\n");
    if (!text) return std::move(text).error();
    return not_empty(*std::move(text), prompt);
}

}  // namespace

Result<Secret> read_secret(Session& session, const std::optional<std::string>& file, std::string_view prompt) {
    if (!file) return ask(session, prompt);
    if (*file == "-") {
        DRYDOCK_TRY(auto text, read_input(session.limits().stop));
        return not_empty(std::move(text), prompt);
    }
    DRYDOCK_TRY(const auto text, read_file(*file));
    return not_empty(first_line(text), prompt);
}

Result<Secret> read_new_secret(Session& session, const std::optional<std::string>& file, std::string_view prompt) {
    DRYDOCK_TRY(auto secret, read_secret(session, file, prompt));
    if (file) return secret;
    DRYDOCK_TRY(const auto again, read_secret(session, file, fmt::format("{} once more", prompt)));
    if (secret.reveal() == again.reveal()) return secret;
    return Error{.code = ErrorCode::invalid_argument, .message = "the two are not the same; nothing was done"};
}

}  // namespace drydock::cli
