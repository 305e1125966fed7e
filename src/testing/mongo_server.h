#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "testing/certificates.h"
#include "testing/child_process.h"
#include "testing/surroundings.h"

namespace drydock::testing {

struct MongoSettings {
    std::string user{};  // a first user; everybody must sign in then
    std::string password{};
    std::optional<CertificateFiles> tls{};
    std::filesystem::path tls_authority{};  // whose client certificates are demanded; empty: none is
};

// A server that speaks MongoDB's protocol (tests/ferretdb) on 127.0.0.1; gone at the end.
class MongoServer {
public:
    // Why there is none to be had on this machine, or nothing. Builds the program at the first call. Where CI runs,
    // a missing one is a failure and never a reason to skip.
    static std::optional<std::string> missing();

    explicit MongoServer(const MongoSettings& settings = {});

    std::uint16_t port() const { return port_; }
    void kill() { process_->kill(); }

private:
    TempFolder folder_;
    std::uint16_t port_ = 0;
    std::unique_ptr<ChildProcess> process_;
};

}  // namespace drydock::testing
