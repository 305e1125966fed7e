#include "cli/printer.h"

#include <cstdio>

#include <fmt/format.h>

#include "base/text.h"

namespace drydock::cli {
namespace {

using Kind = ProgressEvent::Kind;
constexpr auto kRedraw = std::chrono::milliseconds{100};

struct Word {
    std::string_view text;
    Tone tone;
};

// The words that begin the lines that stay; as wide as each other, so that subjects stand in one column.
Word word_of(Kind kind) {
    switch (kind) {
        case Kind::finished:
            return {"ok     ", Tone::ok};
        case Kind::failed:
            return {"failed ", Tone::error};
        case Kind::warning:
            return {"warning", Tone::warn};
        case Kind::waiting:
            return {"waiting", Tone::faint};
        default:
            return {"note   ", Tone::faint};
    }
}

std::string joined(const ProgressEvent& event) {
    const auto subject = printable(event.subject);
    const auto text = printable(event.text);
    return subject.empty() ? text : text.empty() ? subject : fmt::format("{}  {}", subject, text);
}

}  // namespace

TerminalProgress::TerminalProgress(Options options) : options_(std::move(options)) {
    if (!options_.write) {
        options_.write = [](std::string_view text) {
            std::fwrite(text.data(), 1, text.size(), stderr);
            std::fflush(stderr);
        };
    }
    if (options_.ticks && options_.terminal.interactive && !options_.quiet) {
        ticker_ = std::jthread{[this](const std::stop_token& stop) { tick(stop); }};
    }
}

TerminalProgress::~TerminalProgress() {
    if (ticker_.joinable()) {
        ticker_.request_stop();
        ticker_.join();
    }
    clear();
}

void TerminalProgress::report(const ProgressEvent& event) {
    const std::lock_guard lock{mutex_};
    const bool loud = event.kind == Kind::warning || event.kind == Kind::failed;
    if (options_.quiet && !loud) return;
    if (event.kind != Kind::waiting) waiting_.clear();
    if (event.kind == Kind::started || event.kind == Kind::step) {
        if (!options_.terminal.interactive) return;
        live_ = Live{.event = event, .since = options_.now()};
        const auto now = options_.now();
        if (!drawn_at_ || now - *drawn_at_ >= kRedraw) draw(now);
        return;
    }
    const bool over = event.kind == Kind::finished || event.kind == Kind::failed;
    if (over && live_ && live_->event.subject == event.subject) live_.reset();
    keep(event);
}

void TerminalProgress::clear() {
    const std::lock_guard lock{mutex_};
    erase();
    live_.reset();
}

void TerminalProgress::keep(const ProgressEvent& event) {
    const auto text = joined(event);
    if (event.kind == Kind::waiting) {
        if (waiting_ == text) return;
        waiting_ = text;
    }
    const auto word = word_of(event.kind);
    auto line = painted(word.tone, word.text, options_.terminal) + "  " + text;
    if (event.elapsed.count() > 0) {
        line += painted(Tone::faint, fmt::format("  {}", human_duration(event.elapsed)), options_.terminal);
    }
    erase();
    options_.write(line + "\n");
    if (live_ && options_.terminal.interactive) draw(options_.now());
}

// One write for the whole line, so that it never flickers: back to the start, the text, and away with the rest.
void TerminalProgress::draw(Clock::time_point now) {
    options_.write("\r" + painted(Tone::faint, live_text(now), options_.terminal) + "\x1b[K");
    drawn_ = true;
    drawn_at_ = now;
}

void TerminalProgress::erase() {
    if (!drawn_) return;
    options_.write("\r\x1b[K");
    drawn_ = false;
}

std::string TerminalProgress::live_text(Clock::time_point now) const {
    const auto& event = live_->event;
    auto text = joined(event);
    if (event.total > 0) text += fmt::format("  {}/{}", human_count(event.done), human_count(event.total));
    const auto elapsed = event.elapsed + (now - live_->since);
    if (elapsed >= std::chrono::seconds{1}) text += "  " + human_duration(elapsed);
    // The last column stays free: some terminals go to the next line when it is filled.
    return options_.terminal.width > 1 ? truncated(text, options_.terminal.width - 1) : text;
}

void TerminalProgress::tick(const std::stop_token& stop) {
    std::unique_lock lock{mutex_};
    while (!stop.stop_requested()) {
        wake_.wait_for(lock, stop, kRedraw, [] { return false; });
        const auto now = options_.now();
        if (live_ && !stop.stop_requested() && (!drawn_at_ || now - *drawn_at_ >= kRedraw)) draw(now);
    }
}

}  // namespace drydock::cli
