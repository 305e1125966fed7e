#include "testing/certificates.h"

#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/process.h"

namespace drydock::testing {
namespace {

void openssl(const std::filesystem::path& folder, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "openssl");
    const Command command{.argv = arguments, .directory = folder.string()};
    const auto done = run(command, Limits::within(std::chrono::seconds{60}));
    ASSERT_TRUE(done.has_value()) << done.error().message;
    ASSERT_EQ(done->exit_code, 0) << done->output;
}

const std::vector<std::string> kNewKey{"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"};

}  // namespace

Certificates::Certificates() : authority_(folder_.path() / "authority.crt") {
    std::vector<std::string> arguments{"req", "-x509", "-subj", "/CN=test authority", "-days", "2"};
    arguments.insert(arguments.end(), kNewKey.begin(), kNewKey.end());
    arguments.insert(arguments.end(), {"-keyout", "authority.key", "-out", "authority.crt"});
    openssl(folder_.path(), arguments);
}

CertificateFiles Certificates::issue(const std::string& common_name, const std::string& names, int days) {
    const auto stem = fmt::format("{}", ++count_);
    std::vector<std::string> request{"req", "-new", "-subj", "/CN=" + common_name};
    request.insert(request.end(), kNewKey.begin(), kNewKey.end());
    request.insert(request.end(), {"-keyout", stem + ".key", "-out", stem + ".csr"});
    openssl(folder_.path(), request);
    std::vector<std::string> sign{
        "x509",
        "-req",
        "-in",
        stem + ".csr",
        "-CA",
        "authority.crt",
        "-CAkey",
        "authority.key",
        "-CAcreateserial",
        "-out",
        stem + ".crt",
        "-days",
        std::to_string(days)
    };
    if (!names.empty()) {
        EXPECT_TRUE(write_file(folder_.path() / (stem + ".ext"), "subjectAltName=" + names + "\n").has_value());
        sign.insert(sign.end(), {"-extfile", stem + ".ext"});
    }
    openssl(folder_.path(), sign);
    CertificateFiles files{
        .certificate = folder_.path() / (stem + ".crt"),
        .key = folder_.path() / (stem + ".key"),
        .both = folder_.path() / (stem + ".pem")
    };
    const auto certificate = read_file(files.certificate);
    const auto key = read_file(files.key);
    EXPECT_TRUE(certificate && key && write_file(files.both, *certificate + *key).has_value());
    return files;
}

}  // namespace drydock::testing
