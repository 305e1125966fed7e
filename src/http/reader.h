#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/chunked.h"
#include "http/message.h"

namespace drydock::http {

// Makes requests from the bytes of a connection, one after the other. Strict where leniency lets two readers disagree
// about where a request ends: one Content-Length, `chunked` and nothing else, never both, one Host.
class RequestReader {
public:
    struct Limits {
        std::size_t header_bytes = 16 << 10;
        std::size_t target_bytes = 8 << 10;
    };
    enum class State : std::uint8_t {
        head,       // needs more bytes
        head_read,  // body() must be called before more is put
        body,       // needs more bytes
        complete,
        failed,  // `failure()`; nothing more can be read from this connection
    };
    struct Failure {
        unsigned status = 400;
        std::string detail;
    };

    explicit RequestReader(Limits limits);
    ~RequestReader();
    RequestReader(const RequestReader&) = delete;
    RequestReader& operator=(const RequestReader&) = delete;

    // How many of the bytes were used; the rest must be put again, together with what follows.
    std::size_t put(std::string_view bytes);
    State state() const { return state_; }
    bool started() const { return started_; }
    // The head has been accepted: so many bytes of body may follow.
    void body(std::size_t limit);
    void next();  // the next request of the connection

    Request& request() { return request_; }
    const Request& request() const { return request_; }
    const Failure& failure() const { return failure_; }
    bool keep_alive() const { return keep_alive_; }
    bool expects_continue() const { return expects_continue_; }
    bool has_body() const { return chunked_ || length_ > 0; }  // by its header
    bool http_1_0() const { return http_1_0_; }

private:
    struct Parser;
    std::size_t put_head(std::string_view bytes);
    bool folds(std::string_view bytes);
    std::size_t put_body(std::string_view bytes);
    void read_head();
    void read_length();
    void fail(unsigned status, std::string detail);

    Limits limits_;
    std::unique_ptr<Parser> parser_;
    State state_ = State::head;
    Request request_;
    Failure failure_;
    bool started_ = false;
    bool line_ended_ = false;  // the byte before was the end of a line of the head
    bool chunked_ = false;
    std::uint64_t length_ = 0;
    ChunkedBody chunks_;
    bool keep_alive_ = false;
    bool expects_continue_ = false;
    bool http_1_0_ = false;
};

}  // namespace drydock::http
