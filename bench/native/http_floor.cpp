// The least a Boost.Beast server does for the same answer: reads, writes, one thread, no limits, no routes.
// Prints its port; ends with its standard input.
#include <iostream>
#include <memory>
#include <optional>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

namespace beast = boost::beast;
namespace bhttp = beast::http;
using tcp = boost::asio::ip::tcp;

class Session : public std::enable_shared_from_this<Session> {
public:
    explicit Session(tcp::socket socket) : stream_(std::move(socket)) {
        stream_.socket().set_option(tcp::no_delay{true});
    }
    void read() {
        request_ = {};
        bhttp::async_read(
            stream_,
            buffer_,
            request_,
            [self = shared_from_this()](beast::error_code error, std::size_t) {
                if (!error) self->answer();
            }
        );
    }

private:
    void answer() {
        response_.emplace(bhttp::status::ok, 11);
        response_->set(bhttp::field::content_type, "application/json");
        response_->body() = R"({"id":1,"name":"orders","status":"active"})";
        response_->prepare_payload();
        bhttp::async_write(stream_, *response_, [self = shared_from_this()](beast::error_code error, std::size_t) {
            if (!error) self->read();
        });
    }
    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    bhttp::request<bhttp::string_body> request_;
    std::optional<bhttp::response<bhttp::string_body>> response_;
};

void accept(tcp::acceptor& acceptor) {
    acceptor.async_accept([&](beast::error_code error, tcp::socket socket) {
        if (error) return;
        std::make_shared<Session>(std::move(socket))->read();
        accept(acceptor);
    });
}

int main() {
    boost::asio::io_context io{1};
    tcp::acceptor acceptor{io, {boost::asio::ip::make_address("127.0.0.1"), 0}};
    std::cout << acceptor.local_endpoint().port() << std::endl;
    accept(acceptor);
    std::thread thread{[&] { io.run(); }};
    std::cin.get();
    io.stop();
    thread.join();
}
