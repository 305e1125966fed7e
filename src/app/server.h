#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/serve_options.h"
#include "base/limits.h"
#include "base/progress.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/route.h"

namespace drydock::app {

// A running drydock server: the control plane, the API, and what works in the background. Several of them on one
// control plane share the work. The destructor stops it the hard way.
class Server {
public:
    // Returns when it answers.
    static Result<std::unique_ptr<Server>> start(ServeOptions options, Progress& progress, const Limits& limits);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    const std::string& url() const;                  // where it answers
    const std::vector<http::Route>& routes() const;  // what it answers
    // While nobody owns it: the token with which somebody becomes its first owner. Given once.
    const std::optional<Secret>& setup_token() const;
    // The certificate anew, after it was renewed.
    Result<> reload();
    // The master keys anew, from where they came. A new one is in use from then on, and what the former sealed is
    // sealed by it. Where they can't be read, or do not open what is there, those in use stay.
    Result<> reload_keys(const Limits& limits);
    // Running requests and jobs get as long as the options say; then they are told to end.
    void stop();

private:
    struct Parts;
    explicit Server(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace drydock::app
