#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace drydock::testing {

// Secrets that a test knows, to be looked for where no secret may be: as they are, and in the spellings that programs
// give a text on its way (URL, JSON, hexadecimal, base64 at any place of something longer).
class Canaries {
public:
    // A new one, with characters that URLs, JSON, SQL and shells write in another way.
    std::string make(std::string where);
    // A new one of letters and digits, for where those can't stand.
    std::string make_word(std::string where);
    // One that somebody else has made. What is shorter than 12 bytes may stand somewhere by chance, and is left out.
    void know(std::string where, std::string_view text);
    std::size_t size() const { return where_.size(); }

    // Fail the test when one of them stands there, and show what stands around it.
    void expect_none_in(const std::string& place, std::string_view text) const;
    void expect_none_in_folder(const std::string& place, const std::filesystem::path& folder) const;
    // In what everybody on the machine (arguments) or its user (environment) can read of a process and all that it has
    // started.
    void expect_none_in_process(pid_t process) const;

private:
    struct Spelling {
        std::string text;
        std::size_t canary;
    };
    void add(std::string text, std::size_t canary);

    std::vector<std::string> where_;
    std::vector<Spelling> spellings_;
    // By their first four bytes, so that a long text is read once, however many there are.
    std::unordered_map<std::uint32_t, std::vector<std::size_t>> begins_;
    std::vector<bool> may_begin_ = std::vector<bool>(1U << 20U);
};

std::string url_encoded(std::string_view text);
// All of a file, as it is; "" when it can't be read.
std::string bytes_of(const std::filesystem::path& file);

}  // namespace drydock::testing
