#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "api/services.h"
#include "api/shared_answers.h"
#include "api/who.h"
#include "http/service.h"

namespace drydock::api {

// How often somebody may ask, over all servers as far as these share their counters.
class RateLimits {
public:
    virtual ~RateLimits() = default;
    // Nothing: may pass. Else how long to wait. `who` is a user or an address.
    virtual std::optional<std::chrono::seconds> refuse(
        std::string_view who, http::RateClass rate, const Limits& limits
    ) = 0;
};

// Where a browser keeps its log-in. With TLS the name binds it to this very host.
std::string_view session_cookie(bool secure);
std::string_view refresh_cookie(bool secure);
// The value of a cookie; empty: not there, or there twice.
std::string_view cookie(const http::Request& request, std::string_view name);

// The token that a request shows, in its header or its cookie; empty: none.
std::string_view shown_token(const http::Request& request);

// What the pipeline asks: who is it, may they, have they asked too often, was this asked before.
class ApiHooks final : public http::Hooks {
public:
    ApiHooks(const Services& services, RateLimits& rates, SharedAnswers& answers)
        : services_(services), rates_(rates), answers_(answers) {}

    Result<std::shared_ptr<const http::Principal>> authenticate(
        const http::Request& request, Freshness freshness, const Limits& limits
    ) override;
    Result<std::optional<http::Problem>> admit(const http::Call& call) override;
    Result<std::optional<http::Problem>> authorise(const http::Call& call) override;
    Result<Begun> begin_once(const http::Call& call, std::string_view digest) override;
    Result<> keep(const http::Call& call, const http::KeptAnswer& answer) override;
    void forget(const http::Call& call) override;
    bool may_be_done(const Error& error) override { return error.sqlstate == control::kNoWordOfCommit; }
    std::optional<http::KnownAnswer> recall(const http::Call& call) override { return answers_.find(call); }
    void remember(const http::Call& call, const http::KnownAnswer& known) override { answers_.keep(call, known); }
    void changed() override { answers_.distrust(); }
    void failed(const http::Call* call, const http::Request& request, const Error& error) override;

private:
    Result<std::string> organization_of(const http::Request& request, std::string_view token, const Limits& limits);

    const Services& services_;
    RateLimits& rates_;
    SharedAnswers& answers_;
    std::mutex mutex_;
    std::map<std::string, std::string, std::less<>> organizations_;  // id by slug: a slug never changes
};

}  // namespace drydock::api
