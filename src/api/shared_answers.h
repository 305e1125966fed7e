#pragma once

#include <optional>
#include <string>

#include "cache/shared.h"
#include "http/service.h"

namespace drydock::api {

// Answers to reads that one server has made and the others need not make again for moments. Asked for when the person
// is known and may have an answer, and found by all that it depends on: who they are, in which organization, with which
// rights, by which session or token, and what they asked of which version of the program. Safe from any thread.
class SharedAnswers {
public:
    SharedAnswers(cache::Shared& shared, std::string version) : shared_(shared), version_(std::move(version)) {}

    std::optional<http::KnownAnswer> find(const http::Call& call);
    void keep(const http::Call& call, const http::KnownAnswer& known);
    void distrust() { shared_.distrust(); }

private:
    std::string name_of(const http::Call& call) const;

    cache::Shared& shared_;
    const std::string version_;
};

}  // namespace drydock::api
