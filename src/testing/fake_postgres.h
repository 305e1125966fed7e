#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace drydock::testing {

// A server that speaks just enough of PostgreSQL's protocol for health checks (no password, no TLS, one answer to every
// query), for thousands of databases on one port of 127.0.0.0/8. It can misbehave for some of them.
class FakePostgres {
public:
    enum class Manner : std::uint8_t {
        answers,
        read_only,
        hangs_at_start,  // takes the connection and says nothing
        hangs_at_query,
        garbage,         // says what is no message
        resets,          // cuts the connection at the first message
        half_closes,     // ends its direction at the first message
        full,            // 53300
        starting,        // 57P03
        wrong_password,  // 28P01
        broken,          // answers queries with an error (58030)
    };

    FakePostgres();
    ~FakePostgres();
    FakePostgres(const FakePostgres&) = delete;
    FakePostgres& operator=(const FakePostgres&) = delete;

    std::uint16_t port() const;
    // From now on, for connections that are there too (they notice at their next query).
    void set(const std::string& database, Manner manner);
    // Cuts the connections of a database, or all (empty), as the end of a server does.
    void cut(const std::string& database = {});

    std::size_t connections() const;
    std::uint64_t accepted() const;
    std::uint64_t queries() const;

    struct Impl;

private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace drydock::testing
