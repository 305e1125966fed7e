#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace drydock::pg {

// Which ways of proving who we are a server may ask for. scram_only is for connections without TLS (sslmode=disable): a
// server that asks for the password in clear, or for its MD5 hash, gets nothing, and the Error is permission_denied.
// Where there is TLS, channel_binding=require does the same.
enum class SignIn : std::uint8_t { any, scram_only };

// Where and how to connect: libpq's keywords and values, kept as pairs and never put together into one string,
// so a value can never become a keyword.
class Conninfo {
public:
    // A URL (postgresql://user:password@host:port/db?sslmode=…, several hosts allowed) or "host=… dbname=…".
    static Result<Conninfo> parse(std::string_view text);

    Conninfo& set(std::string_view keyword, std::string_view value);
    std::string get(std::string_view keyword) const;  // empty when not given
    const std::vector<std::pair<std::string, std::string>>& pairs() const { return pairs_; }

    // For all connections that are opened from it; libpq 15 has no keyword for it.
    Conninfo& allow(SignIn sign_in) {
        sign_in_ = sign_in;
        return *this;
    }
    SignIn sign_in() const { return sign_in_; }

    // For all connections that are opened from it: the most bytes that are read for one result (a whole one, or a row
    // where rows come one by one), since libpq takes whatever comes. What is longer ends the connection, with an Error
    // of the code unavailable, as what was sent may be done. libpq reads ahead by up to the length of a row, so half of
    // the limit is safe for a single one, and of a longer one that comes without a pause more may be read before it is
    // seen. 0: no limit. Over a Unix socket, where this machine's own server is, nothing is counted.
    Conninfo& limit_results(std::int64_t bytes) {
        most_result_bytes_ = bytes;
        return *this;
    }
    std::int64_t most_result_bytes() const { return most_result_bytes_; }

    // For people and logs: postgresql://user@host:port/db, the password left out.
    std::string display() const;
    // With everything, the password too, as a URL that psql and libpq take. Only for handing on to a program.
    std::string url() const;

private:
    std::vector<std::pair<std::string, std::string>> pairs_;
    SignIn sign_in_ = SignIn::any;
    std::int64_t most_result_bytes_ = 0;
};

}  // namespace drydock::pg
