#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace drydock {

// One thing that happened in a long work, told as it happens.
struct ProgressEvent {
    enum class Kind : std::uint8_t { started, step, finished, waiting, notice, warning, failed };

    Kind kind = Kind::step;
    std::string subject{};  // what it is about: a migration, a table, a phase
    std::string text{};     // what to say of it
    std::int64_t done = 0;  // of `total`; a total of 0 is "not known"
    std::int64_t total = 0;
    std::chrono::nanoseconds elapsed{0};
};

// Where events go: a terminal, a stream of JSON lines, a browser, a test. Called from any thread.
class Progress {
public:
    virtual ~Progress() = default;
    virtual void report(const ProgressEvent& event) = 0;
};

class NoProgress final : public Progress {
public:
    void report(const ProgressEvent&) override {}
};

}  // namespace drydock
