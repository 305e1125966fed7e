#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/limits.h"
#include "base/result.h"
#include "net/dialler.h"
#include "net/tls.h"

namespace drydock::mongo {

// What the streams of one client share. Limits are those of the call that runs now; the error is what went wrong on a
// stream, which tells more than what libmongoc makes of it, and holds no address.
struct Road {
    net::Dialler dialler;
    std::optional<net::TlsContext> tls{};
    std::chrono::milliseconds connect_timeout{5'000};
    Limits limits{};
    net::Timing* timing = nullptr;
    std::optional<Error> error{};
};

// A stream for libmongoc over one of net's, as its mongoc_stream_t; its owner is who it is given to, and `road` must
// outlive it. When the host can't be reached it is there all the same, and fails at its first use: libmongoc 1.23 locks
// itself out for ever when there is no stream for a member that another member named.
void* open_stream(Road& road, const std::string& host, std::uint16_t port);

}  // namespace drydock::mongo
