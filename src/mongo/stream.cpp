#include "mongo/stream.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <vector>

#include <mongoc/mongoc.h>

#include "base/poll.h"

namespace drydock::mongo {
namespace {

constexpr int kType = 4711;  // of no stream of libmongoc's own
constexpr std::size_t kRead = 16384;

// libmongoc's stream is a struct of functions whose first argument is the struct.
struct Stream : mongoc_stream_t {
    Road& road;
    Result<std::unique_ptr<net::Stream>> bytes;
    std::array<char, kRead> buffer{};
    std::size_t begin = 0;
    std::size_t end = 0;
    bool late = false;

    Stream(Road& road_, Result<std::unique_ptr<net::Stream>> bytes_);

    Limits limits(std::int32_t timeout_msec) const {
        // 0 is "don't wait", which is only said after poll() has shown something; -1 is "as long as it takes".
        return timeout_msec <= 0 ? road.limits : road.limits.at_most(std::chrono::milliseconds{timeout_msec});
    }

    ssize_t fail(Error error) {
        late = error.code == ErrorCode::deadline_exceeded || error.code == ErrorCode::cancelled;
        errno = late ? ETIMEDOUT : ECONNRESET;
        road.error = std::move(error);
        return -1;
    }

    std::size_t take(char* into, std::size_t size) {
        const auto n = std::min(size, end - begin);
        std::memcpy(into, buffer.data() + begin, n);
        begin += n;
        return n;
    }

    Result<bool> refill(const Limits& within) {
        if (!bytes) return bytes.error();
        DRYDOCK_TRY(end, (*bytes)->read(buffer, within));
        begin = 0;
        // Whatever another host did is not what the next answer of this one is about.
        if (end > 0) road.error.reset();
        return end > 0;
    }
};

Stream& own(mongoc_stream_t* stream) {
    return *static_cast<Stream*>(stream);
}

void destroy(mongoc_stream_t* stream) {
    const std::unique_ptr<Stream> gone{static_cast<Stream*>(stream)};
}

ssize_t write(mongoc_stream_t* stream, mongoc_iovec_t* pieces, std::size_t count, std::int32_t timeout_msec) {
    auto& self = own(stream);
    const auto limits = self.limits(timeout_msec);
    if (!self.bytes) return self.fail(self.bytes.error());
    ssize_t written = 0;
    for (const auto& piece : std::span{pieces, count}) {
        const std::string_view text{static_cast<const char*>(piece.iov_base), piece.iov_len};
        if (auto done = (*self.bytes)->write(text, limits); !done) return self.fail(std::move(done).error());
        written += static_cast<ssize_t>(piece.iov_len);
    }
    return written;
}

// At least `least` bytes, unless the stream ends first; with 0, what one read brings.
ssize_t read(
    mongoc_stream_t* stream, mongoc_iovec_t* pieces, std::size_t count, std::size_t least, std::int32_t timeout_msec
) {
    auto& self = own(stream);
    const auto limits = self.limits(timeout_msec);
    std::size_t got = 0;
    for (const auto& piece : std::span{pieces, count}) {
        auto* const into = static_cast<char*>(piece.iov_base);
        for (std::size_t filled = 0; filled < piece.iov_len;) {
            if (self.begin == self.end) {
                if (got > 0 && got >= least) return static_cast<ssize_t>(got);
                auto more = self.refill(limits);
                if (!more) return self.fail(std::move(more).error());
                if (!*more) {
                    self.road.error =
                        Error{.code = ErrorCode::unavailable, .message = "the server closed the connection"};
                    return static_cast<ssize_t>(got);
                }
            }
            const auto n = self.take(into + filled, piece.iov_len - filled);
            filled += n;
            got += n;
        }
    }
    return static_cast<ssize_t>(got);
}

// What has bytes in its buffer is ready already. When the limits end all show an error, so libmongoc gives them up.
ssize_t poll_all(mongoc_stream_poll_t* streams, std::size_t count, std::int32_t timeout_msec) {
    const std::span all{streams, count};
    std::vector<pollfd> fds;
    ssize_t ready = 0;
    for (auto& one : all) {
        const auto& self = own(one.stream);
        // Without a connection it is ready, to fail.
        one.revents = !self.bytes ? one.events : self.begin < self.end ? one.events & POLLIN : 0;
        if (one.revents != 0) ++ready;
        fds.push_back({self.bytes ? (*self.bytes)->fd() : -1, static_cast<short>(one.events), 0});
    }
    if (ready > 0 || count == 0) return ready;
    auto& road = own(streams->stream).road;
    const auto until = timeout_msec < 0 ? Limits::Clock::time_point::max()
                                        : Limits::Clock::now() + std::chrono::milliseconds{timeout_msec};
    const Wake wake{road.limits.stop};
    auto waited = wait_for(fds, road.limits, wake, until);
    if (!waited) road.error = waited.error();
    for (std::size_t i = 0; i < count; ++i) {
        all[i].revents = waited ? fds[i].revents : POLLERR;
        if (all[i].revents != 0) ++ready;
    }
    return ready;
}

int nothing(mongoc_stream_t*) {
    return 0;
}

int no_option(mongoc_stream_t*, int, int, void*, mongoc_socklen_t) {
    return 0;
}

Stream::Stream(Road& road_, Result<std::unique_ptr<net::Stream>> bytes_)
    : mongoc_stream_t{}, road(road_), bytes(std::move(bytes_)) {
    type = kType;
    mongoc_stream_t::destroy = mongo::destroy;
    failed = mongo::destroy;
    close = nothing;
    flush = nothing;
    writev = write;
    readv = read;
    setsockopt = no_option;
    check_closed = [](mongoc_stream_t* stream) { return !own(stream).bytes || !(*own(stream).bytes)->still_open(); };
    mongoc_stream_t::poll = poll_all;
    timed_out = [](mongoc_stream_t* stream) { return own(stream).late; };
    should_retry = [](mongoc_stream_t*) { return false; };
}

}  // namespace

void* open_stream(Road& road, const std::string& host, std::uint16_t port) {
    net::Timing timing;
    const auto* const tls = road.tls ? &*road.tls : nullptr;
    auto opened = net::open_stream(
        road.dialler, host, port, tls, road.limits.at_most(road.connect_timeout), road.timing ? &timing : nullptr
    );
    if (road.timing) *std::exchange(road.timing, nullptr) = timing;
    auto bytes = opened ? Result<std::unique_ptr<net::Stream>>{std::move(opened->stream)}
                        : Result<std::unique_ptr<net::Stream>>{std::move(opened).error()};
    auto stream = std::make_unique<Stream>(road, std::move(bytes));
    return static_cast<mongoc_stream_t*>(stream.release());
}

}  // namespace drydock::mongo
