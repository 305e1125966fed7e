#pragma once

#include <filesystem>
#include <string>

#include "testing/surroundings.h"

namespace drydock::testing {

struct CertificateFiles {
    std::filesystem::path certificate;
    std::filesystem::path key;
    std::filesystem::path both;  // one after the other in one file
};

// An authority of its own in a temporary folder, made with the openssl program, and certificates that it signs.
class Certificates {
public:
    Certificates();

    const std::filesystem::path& authority() const { return authority_; }
    // For a server: `names` as in a subjectAltName, "DNS:db.test,IP:127.0.0.1". Without names: for a client.
    CertificateFiles issue(const std::string& common_name, const std::string& names = {}, int days = 2);

private:
    TempFolder folder_;
    std::filesystem::path authority_;
    int count_ = 0;
};

}  // namespace drydock::testing
