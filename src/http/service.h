#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/csrf.h"
#include "http/message.h"
#include "http/problem.h"
#include "http/route.h"
#include "http/server.h"
#include "http/static_files.h"

namespace drydock::http {

// An answer that was kept under an idempotency key.
struct KeptAnswer {
    unsigned status = 200;
    std::string body;  // JSON
    std::string version{};
    std::string location{};
};

// An answer to a read that was given before, and need not be made again.
struct KnownAnswer {
    KeptAnswer answer{};
    std::chrono::steady_clock::time_point read{};  // what it says was read at this moment or later
};

// What the pipeline asks of the application. All of it runs on workers and may block within the limits, but for
// cached().
class Hooks {
public:
    virtual ~Hooks() = default;

    enum class Freshness : std::uint8_t {
        kept,  // as it was known some seconds ago
        now,   // as it is: asked for where a fresh proof is needed
    };
    // Who asks, from cookie or bearer token. Null: nobody says who they are. An Error (unauthenticated): they say it
    // wrongly.
    virtual Result<std::shared_ptr<const Principal>> authenticate(
        const Request& request, Freshness freshness, const Limits& limits
    ) = 0;

    // Before the body is looked at: the rate limit, and whether this person has the route's permission anywhere.
    // Path, query and body of the call are still empty.
    virtual Result<std::optional<Problem>> admit(const Call& call) = 0;

    // With everything parsed: whether the person has the permission on every object that the request names.
    virtual Result<std::optional<Problem>> authorise(const Call& call) = 0;

    // An answer that the application has at hand, for a request that needs no more checks than it has made itself.
    // On the I/O thread.
    virtual std::optional<Response> cached(const Request&, const Route&) { return std::nullopt; }

    struct Begun {
        enum class State : std::uint8_t { fresh, kept, running, left_open, other_request } state = State::fresh;
        KeptAnswer answer{};  // of `kept`
    };
    // Claims the key for this person and operation. `digest` (SHA-256, in hex) says which request it was: the same key
    // with another request is refused (422); one that still runs, or of which nobody knows whether it was done, is 409.
    virtual Result<Begun> begin_once(const Call& call, std::string_view digest);
    virtual Result<> keep(const Call& call, const KeptAnswer& answer);
    virtual void forget(const Call& call);                    // the request failed: the key may be used again
    virtual bool may_be_done(const Error&) { return false; }  // it failed, and may have been done all the same

    // Of a read that may be answered, by somebody known: an answer that still counts, for this person with these
    // rights.
    virtual std::optional<KnownAnswer> recall(const Call&) { return std::nullopt; }
    // The answer that was made instead: JSON, and nothing but its body and version.
    virtual void remember(const Call&, const KnownAnswer&) {}
    // Something may have been changed, by a call that changes.
    virtual void changed() {}

    // For the log: what a client is not told.
    virtual void failed(const Call* call, const Request& request, const Error& error) = 0;
};

struct ServiceOptions {
    // "https://drydock.example.org": what the browser calls us. Empty: what it says in Host is believed.
    std::string public_origin{};
    std::string api_prefix = "/api/";  // below it, what is unknown is a problem and not a page
    const StaticFiles* pages = nullptr;
    // Tests: an answer that its schema does not allow becomes an internal error.
    bool check_answers = false;
};

// From a request to an answer, by the routes: finds, authenticates, checks, asks for the right, runs, answers.
class Service final : public Handler {
public:
    Service(Router router, Hooks& hooks, ServiceOptions options);
    ~Service() override;

    Admission admit(const Request& request) override;
    std::optional<Response> try_fast(const Request& request) override;
    Response handle(const Request& request) override;

    const Router& router() const { return router_; }

private:
    using Step = Result<std::optional<Problem>>;
    Response run(const Request& request, const Router::Match& match);
    Result<Response> reply_to(Call& call, const Router::Match& match);
    Result<Response> read(Call& call);
    Step refusal(Call& call, const Router::Match& match) const;
    Step identify(Call& call) const;
    Step authenticate(Call& call, Hooks::Freshness freshness) const;
    Step prove_presence(Call& call) const;
    Step prove_intent(const Call& call) const;
    Step read_parameters(Call& call, const Router::Match& match) const;
    Step read_preconditions(Call& call) const;
    Step read_request(Call& call) const;
    Result<Reply> once(Call& call);
    Result<Response> answer(const Call& call, Reply reply) const;
    Response refuse(const Call* call, const Request& request, const Error& error) const;
    Response finish(const Request& request, const Route* route, Response response) const;

    Router router_;
    Hooks& hooks_;
    ServiceOptions options_;
};

}  // namespace drydock::http
