#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/result.h"

namespace drydock::http {

enum class Method : std::uint8_t { get, head, post, put, patch, remove, options };
std::string_view name(Method method);  // "GET", …, "DELETE"
std::optional<Method> method_named(std::string_view name);
// GET and HEAD and OPTIONS change nothing.
constexpr bool changes(Method method) {
    return method == Method::post || method == Method::put || method == Method::patch || method == Method::remove;
}

// In the order of the wire; names compare without regard to case.
class Headers {
public:
    using Entry = std::pair<std::string, std::string>;
    Headers() = default;
    Headers(std::initializer_list<Entry> entries) : entries_(entries) {}

    void add(std::string name, std::string value) { entries_.emplace_back(std::move(name), std::move(value)); }
    void set(std::string name, std::string value);  // replaces what was there
    bool has(std::string_view name) const { return find(name) != nullptr; }
    // The first of that name, or empty.
    std::string_view get(std::string_view name) const;
    const std::string* find(std::string_view name) const;
    std::size_t count(std::string_view name) const;
    auto begin() const { return entries_.begin(); }
    auto end() const { return entries_.end(); }
    void reserve(std::size_t n) { entries_.reserve(n); }

private:
    std::vector<Entry> entries_;
};

// Who sent a request. Behind a trusted proxy: whom the proxy named; else: who opened the connection.
struct Peer {
    std::string address;  // "192.0.2.7", "2001:db8::1", or "unix"
    bool secure = false;  // the person's own connection is encrypted
    std::string host;     // what the client called this server: Host, or a trusted proxy's X-Forwarded-Host
};

struct Request {
    Method method = Method::get;
    std::string target;  // as sent: path and query, never decoded
    Headers headers;
    std::string body;
    Peer peer;
    std::string id;          // made by the server, or by a trusted proxy
    std::stop_token stop{};  // fires when the client goes away, or the server stops the hard way
    std::chrono::steady_clock::time_point arrived{};

    std::string_view path() const { return std::string_view{target}.substr(0, target.find('?')); }
    std::string_view query() const {
        const auto mark = target.find('?');
        return mark == std::string::npos ? std::string_view{} : std::string_view{target}.substr(mark + 1);
    }
    Limits within(std::chrono::steady_clock::duration time) const { return Limits::within(time, stop); }
};

using Bytes = std::shared_ptr<const std::string>;

// A stream's end towards one client. Any thread may use it, and no call blocks.
class Sink {
public:
    virtual ~Sink() = default;
    // False: the client is gone, or has fallen so far behind that its connection is closed now (it may come again).
    virtual bool push(Bytes bytes) = 0;
    virtual void close() = 0;  // after what was pushed has been sent
    virtual bool open() const = 0;
};

// A stream's end towards one client, for a producer with a thread of its own.
class StreamWriter {
public:
    virtual ~StreamWriter() = default;
    // Waits while the client is slow and the window is full. An Error (cancelled, deadline_exceeded) when the client
    // has gone, takes nothing for too long, or the server stops: then end, and free what you hold.
    virtual Result<> write(std::string_view bytes) = 0;
};

struct Response {
    unsigned status = 200;
    Headers headers;
    std::string body;
    // Instead of `body`: bytes that others own too (a cache), or that live as long as the program (assets).
    Bytes shared{};
    std::string_view borrowed{};

    // Instead of a body. `produce` runs on a thread of the stream pool until it returns. `subscribe` is called once
    // on the I/O thread, gives the sink to whoever will push, and holds no thread: this is for thousands of clients.
    // The function lives as long as its stream, and so does what it holds.
    std::function<Result<>(StreamWriter&, const Limits&)> produce{};
    std::function<void(std::shared_ptr<Sink>)> subscribe{};

    // Of an answer to a read: what it says was read at this moment or later. Not told: while it was asked for.
    std::optional<std::chrono::steady_clock::time_point> read{};

    // For the access log.
    std::string route{};
    std::string user_id{};

    std::string_view bytes() const { return shared ? std::string_view{*shared} : borrowed.data() ? borrowed : body; }
    bool streams() const { return produce != nullptr || subscribe != nullptr; }
};

}  // namespace drydock::http
