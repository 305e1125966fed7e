// The only translation unit that includes Beast.
#include "http/reader.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>

#include "base/text.h"
#include "http/network.h"

namespace drydock::http {
namespace {

namespace beast = boost::beast;
using Field = beast::http::field;

std::size_t count(const beast::http::fields& fields, Field field) {
    const auto range = fields.equal_range(field);
    return static_cast<std::size_t>(std::distance(range.first, range.second));
}

RequestReader::Failure failure_of(const beast::error_code& code) {
    using beast::http::error;
    if (code == error::header_limit) return {431, "The header is too large."};
    if (code == error::bad_version) return {505, "Only HTTP/1.1 and HTTP/1.0 are spoken here."};
    if (code == error::bad_content_length || code == error::multiple_content_length)
        return {
            400, "The length of the body is not clear: Content-Length must stand once, and not with Transfer-Encoding."
        };
    if (code == error::bad_transfer_encoding)
        return {400, "The length of the body is not clear: Transfer-Encoding must be `chunked` alone."};
    return {400, "This is not a well-formed HTTP request."};
}

}  // namespace

// Beast reads heads. Bodies are read here: its reader of chunks asserts on input that comes in small pieces.
struct RequestReader::Parser {
    std::optional<beast::http::request_parser<beast::http::empty_body>> http;
};

RequestReader::RequestReader(Limits limits) : limits_(limits), parser_(std::make_unique<Parser>()) {
    next();
}
RequestReader::~RequestReader() = default;

void RequestReader::next() {
    parser_->http.emplace();
    parser_->http->header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
    // The limit of the body is known when the route is.
    parser_->http->body_limit(boost::none);
    state_ = State::head;
    request_ = {};
    length_ = 0;
    started_ = line_ended_ = keep_alive_ = expects_continue_ = http_1_0_ = chunked_ = false;
}

void RequestReader::fail(unsigned status, std::string detail) {
    state_ = State::failed;
    failure_ = {status, std::move(detail)};
    keep_alive_ = false;
}

std::size_t RequestReader::put(std::string_view bytes) {
    std::size_t used = 0;
    if (state_ == State::head && !started_) {
        // Some clients send an empty line after a body (RFC 9112, 2.2).
        while (used < bytes.size() && (bytes[used] == '\r' || bytes[used] == '\n')) ++used;
        started_ = used < bytes.size();
    }
    if (state_ == State::head && started_) return used + put_head(bytes.substr(used));
    if (state_ == State::body) return used + put_body(bytes.substr(used));
    return used;
}

// A line that goes on with the next one is obsolete (RFC 9112, 5.2): some see one header there, and others two.
bool RequestReader::folds(std::string_view bytes) {
    for (const char c : bytes) {
        if (line_ended_ && (c == ' ' || c == '\t')) return true;
        line_ended_ = c == '\n';
    }
    return false;
}

std::size_t RequestReader::put_head(std::string_view bytes) {
    std::size_t used = 0;
    while (used < bytes.size() && state_ == State::head) {
        beast::error_code error;
        const auto rest = bytes.substr(used);
        const auto taken = parser_->http->put(boost::asio::const_buffer{rest.data(), rest.size()}, error);
        used += taken;
        if (folds(rest.substr(0, taken))) {
            fail(400, "A line of the head must not begin with a space.");
        } else if (error == beast::http::error::need_more) {
            // A first line that has no end yet and is longer than any address may be.
            const bool in_first_line =
                parser_->http->get().target().empty() && rest.find('\n') == std::string_view::npos;
            if (in_first_line && rest.size() > limits_.target_bytes + 16) fail(414, "The address is too long.");
            break;
        } else if (error) {
            const auto failure = failure_of(error);
            fail(failure.status, failure.detail);
        } else if (parser_->http->is_header_done()) {
            read_head();
        } else if (taken == 0) {
            break;
        }
    }
    return used;
}

std::size_t RequestReader::put_body(std::string_view bytes) {
    if (chunked_) {
        const auto used = chunks_.put(bytes, request_.body);
        switch (chunks_.state()) {
            case ChunkedBody::State::reading:
                break;
            case ChunkedBody::State::complete:
                state_ = State::complete;
                break;
            case ChunkedBody::State::malformed:
                fail(400, "The chunks of the body are not well-formed.");
                break;
            case ChunkedBody::State::too_large:
                fail(413, "The body is too large.");
                break;
        }
        return used;
    }
    const auto used = static_cast<std::size_t>(std::min<std::uint64_t>(length_, bytes.size()));
    request_.body.append(bytes.substr(0, used));
    length_ -= used;
    if (length_ == 0) state_ = State::complete;
    return used;
}

void RequestReader::read_head() {
    const auto& head = parser_->http->get();
    http_1_0_ = head.version() < 11;
    keep_alive_ = head.keep_alive();
    const std::string_view target{head.target().data(), head.target().size()};
    if (target.size() > limits_.target_bytes) return fail(414, "The address is too long.");
    const auto method = method_named({head.method_string().data(), head.method_string().size()});
    if (!method) return fail(501, "This method is not known here.");
    const auto hosts = count(head, Field::host);
    if (hosts > 1 || (hosts == 0 && !http_1_0_)) return fail(400, "A request must have one Host header.");
    if (hosts == 1 && !is_host({head[Field::host].data(), head[Field::host].size()}))
        return fail(400, "The Host header is no host name.");
    read_length();
    if (state_ == State::failed) return;
    if (const auto expect = head.find(Field::expect); expect != head.end()) {
        if (!iequals({expect->value().data(), expect->value().size()}, "100-continue"))
            return fail(417, "Of all expectations only `100-continue` is known here.");
        expects_continue_ = !http_1_0_;
    }

    request_.method = *method;
    // The absolute form is for proxies, but servers must take it (RFC 9112, 3.2.2): what counts is its path.
    if (const auto scheme = target.find("://"); target.starts_with("http") && scheme != std::string_view::npos) {
        const auto slash = target.find('/', scheme + 3);
        request_.target = slash == std::string_view::npos ? "/" : target.substr(slash);
    } else if (target.starts_with('/') || (target == "*" && *method == Method::options)) {
        request_.target = target;
    } else {
        return fail(400, "The address must begin with a slash.");
    }
    request_.headers.reserve(16);
    for (const auto& field : head) request_.headers.add(std::string{field.name_string()}, std::string{field.value()});
    state_ = State::head_read;
}

// How long the body is must be clear: what two readers see differently hides a second request.
void RequestReader::read_length() {
    const auto& head = parser_->http->get();
    const auto lengths = count(head, Field::content_length);
    if (lengths > 1) return fail(400, "The length of the body is not clear: Content-Length must stand once.");
    if (const auto encodings = count(head, Field::transfer_encoding); encodings > 0) {
        if (http_1_0_ || encodings > 1 || lengths > 0)
            return fail(400, "The length of the body is not clear: Transfer-Encoding must be `chunked` alone.");
        const auto value = head[Field::transfer_encoding];
        if (!iequals(trim({value.data(), value.size()}), "chunked"))
            return fail(501, "Of all transfer codings only `chunked` is known here.");
        chunked_ = true;
    } else if (lengths == 1) {
        const auto value = head[Field::content_length];
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length_);
        if (error != std::errc{} || end != value.data() + value.size())
            return fail(400, "Content-Length must be a number.");
    }
}

void RequestReader::body(std::size_t limit) {
    if (length_ > limit) return fail(413, "The body is too large.");
    chunks_ = ChunkedBody{limit};
    request_.body.reserve(static_cast<std::size_t>(length_));
    state_ = has_body() ? State::body : State::complete;
}

}  // namespace drydock::http
