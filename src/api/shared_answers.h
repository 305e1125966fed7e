#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <optional>
#include <string>

#include "cache/shared.h"
#include "http/service.h"

namespace drydock::api {

// Answers to reads that one server has made and the others need not make again for moments. Asked for when the person
// is known and may have an answer, and found by all that it depends on: who they are, in which organization, with which
// rights, by which session or token, and what they asked of which version of the program. A look at Redis costs about
// as much as most answers, so what this server is asked for the first time is neither looked for nor shared: only what
// is asked again and again is. Safe from any thread.
class SharedAnswers {
public:
    SharedAnswers(cache::Shared& shared, std::string version) : shared_(shared), version_(std::move(version)) {}

    std::optional<http::KnownAnswer> find(const http::Call& call);
    void keep(const http::Call& call, const http::KnownAnswer& known);
    void distrust() { shared_.distrust(); }

private:
    std::string name_of(const http::Call& call) const;
    std::atomic<std::size_t>& trace_of(std::size_t question) { return traces_[question % traces_.size()]; }

    cache::Shared& shared_;
    const std::string version_;
    // Of what was asked last; a question that takes another one's place makes that one new again.
    std::array<std::atomic<std::size_t>, 16'384> traces_{};
};

}  // namespace drydock::api
