#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/progress.h"
#include "cli/terminal.h"

namespace drydock::cli {

// Tells a person what goes on: what is over as lines that stay and, on a terminal, what is going on as a last line
// that is drawn again, at most ten times a second. Without a terminal only the lines that stay; steps are left out.
class TerminalProgress final : public Progress {
public:
    using Clock = std::chrono::steady_clock;
    struct Options {
        Terminal terminal = Terminal::of(2);
        bool quiet = false;                             // warnings and failures only
        std::function<void(std::string_view)> write{};  // none: standard error
        std::function<Clock::time_point()> now = Clock::now;
        bool ticks = true;  // a thread keeps the elapsed time of the last line going
    };

    explicit TerminalProgress(Options options);
    ~TerminalProgress() override;  // leaves no last line behind
    TerminalProgress(const TerminalProgress&) = delete;
    TerminalProgress& operator=(const TerminalProgress&) = delete;

    void report(const ProgressEvent& event) override;
    // Takes the last line away, before something else is written to the terminal.
    void clear();

private:
    struct Live {
        ProgressEvent event;
        Clock::time_point since;  // when the event came: its elapsed time goes on from there
    };

    void keep(const ProgressEvent& event);
    void draw(Clock::time_point now);
    void erase();
    std::string live_text(Clock::time_point now) const;
    void tick(const std::stop_token& stop);

    Options options_;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::optional<Live> live_;
    std::optional<Clock::time_point> drawn_at_;
    bool drawn_ = false;
    std::string waiting_;  // the last wait that was told: asking again every second is not news
    std::jthread ticker_;  // last: it stops before the rest goes
};

}  // namespace drydock::cli
