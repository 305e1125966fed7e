#include "http/server.h"

#include <sys/stat.h>

#include <filesystem>
#include <functional>
#include <future>
#include <latch>
#include <mutex>
#include <semaphore>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/client_test.h"
#include "testing/surroundings.h"

namespace drydock::http {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Response text(std::string body, unsigned status = 200) {
    Response response{.status = status};
    response.headers.set("Content-Type", "text/plain");
    response.body = std::move(body);
    return response;
}

class TestHandler : public Handler {
public:
    std::function<Admission(const Request&)> on_admit = [](const Request&) { return Admission{}; };
    std::function<std::optional<Response>(const Request&)> on_fast = [](const Request&) { return std::nullopt; };
    std::function<Response(const Request&)> on_handle = [](const Request& request) {
        return text(std::string{name(request.method)} + " " + request.target + " " + request.body);
    };
    Admission admit(const Request& request) override { return on_admit(request); }
    std::optional<Response> try_fast(const Request& request) override { return on_fast(request); }
    Response handle(const Request& request) override { return on_handle(request); }
};

class ServerTest : public ::testing::Test {
protected:
    void start() {
        options.access_log = [this](const AccessRecord& record) {
            {
                const std::lock_guard lock{mutex_};
                records_.push_back(record);
            }
            logged_.release();
        };
        auto started = Server::start(options, handler);
        ASSERT_TRUE(started) << started.error().message;
        server = *std::move(started);
    }
    // Before what the log writes to.
    void TearDown() override { server.reset(); }
    RawClient client() const { return RawClient{server->port()}; }
    AccessRecord next_record() {
        logged_.acquire();
        const std::lock_guard lock{mutex_};
        return records_.at(read_++);
    }

    ServerOptions options{.workers = 2};
    TestHandler handler;
    std::unique_ptr<Server> server;

private:
    std::mutex mutex_;
    std::vector<AccessRecord> records_;
    std::size_t read_ = 0;
    std::counting_semaphore<> logged_{0};
};

TEST_F(ServerTest, answers_and_keeps_the_connection) {
    start();
    auto client = this->client();
    EXPECT_THAT(
        client.get("/a?b=c"),
        AllOf(StartsWith("HTTP/1.1 200 OK\r\nDate: "), HasSubstr("X-Request-Id: "), HasSubstr("GET /a?b=c"))
    );
    EXPECT_THAT(
        client.ask("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"),
        AllOf(HasSubstr("POST /x hello"), Not(HasSubstr("Connection: close")))
    );
    EXPECT_THAT(
        client.ask("POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
                   "chunked\r\n\r\n3\r\nabc\r\n02;x=y\r\nde\r\n0\r\nA: b\r\n\r\n"),
        HasSubstr("POST /x abcde")
    );
    EXPECT_EQ(server->figures().accepted, 1);
    EXPECT_EQ(server->figures().requests, 3);
}

TEST_F(ServerTest, answers_pipelined_requests_in_their_order) {
    handler.on_fast = [](const Request& request) -> std::optional<Response> {
        if (request.target == "/fast") return text("fast");
        return std::nullopt;
    };
    start();
    auto client = this->client();
    client.send(
        "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /fast HTTP/1.1\r\nHost: h\r\n\r\n"
        "POST /3 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nokGET /4 HTTP/1.1\r\nHost: h\r\n\r\n"
    );
    EXPECT_THAT(client.answer(), HasSubstr("GET /1"));
    EXPECT_THAT(client.answer(), HasSubstr("fast"));
    EXPECT_THAT(client.answer(), HasSubstr("POST /3 ok"));
    EXPECT_THAT(client.answer(), HasSubstr("GET /4"));
}

TEST_F(ServerTest, takes_a_request_byte_by_byte) {
    start();
    auto client = this->client();
    for (const std::string_view request :
         {"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc",
          "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
          "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nabc: d\r\n\r\n"}) {
        for (const char c : request) client.send({&c, 1});
        EXPECT_THAT(client.answer(), HasSubstr("POST /x"));
    }
}

TEST_F(ServerTest, takes_a_large_header_in_pieces) {
    options.target_bytes = 100;
    start();
    auto client = this->client();
    for (const char c : "GET /x HTTP/1.1\r\nHost: h\r\nCookie: " + std::string(1000, 'a') + "\r\n\r\n")
        client.send({&c, 1});
    EXPECT_THAT(client.answer(), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServerTest, answers_head_without_a_body) {
    start();
    auto client = this->client();
    client.send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(client.read_to("\r\n\r\n"), HasSubstr("Content-Length: 8\r\n"));
    // The next answer begins where the last one ended: no body came between.
    EXPECT_THAT(client.get("/y"), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServerTest, closes_for_http_1_0_unless_asked_to_stay) {
    start();
    auto client = this->client();
    client.send("GET /x HTTP/1.0\r\n\r\n");
    EXPECT_THAT(client.read_to_end(), HasSubstr("Connection: close"));
    auto other = this->client();
    EXPECT_THAT(other.ask("GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), HasSubstr("Connection: keep-alive"));
    EXPECT_THAT(other.get("/y"), HasSubstr("GET /y"));
}

struct Refusal {
    const char* what;
    std::string request;
    const char* status;
};
class RefusalTest : public ServerTest, public ::testing::WithParamInterface<Refusal> {};

TEST_P(RefusalTest, is_refused_and_the_connection_ends) {
    std::atomic<int> handled{0};
    handler.on_handle = [&](const Request&) {
        ++handled;
        return text("");
    };
    options.header_bytes = 2000;
    options.target_bytes = 500;
    options.body_bytes = 100;
    start();
    auto client = this->client();
    // What stands behind a request whose end is not clear must never be read as a second one.
    client.send(GetParam().request);
    const auto answer = client.read_to_end();
    EXPECT_THAT(answer, StartsWith(std::string{"HTTP/1.1 "} + GetParam().status));
    EXPECT_THAT(answer, AllOf(HasSubstr("application/problem+json"), HasSubstr("Connection: close")));
    EXPECT_EQ(answer.find("\r\nDate: "), answer.rfind("\r\nDate: "));
    EXPECT_EQ(handled, 0);
}

const std::string kHost = "Host: h\r\n";
const std::string kNext = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";

INSTANTIATE_TEST_SUITE_P(
    Requests,
    RefusalTest,
    ::testing::Values(
        Refusal{"garbage", "\x16\x03\x01\x02\r\n\r\n", "400"},
        Refusal{"no_version", "GET /\r\n" + kHost + "\r\n", "400"},
        Refusal{"http_2", "GET / HTTP/2.0\r\n" + kHost + "\r\n", "505"},
        Refusal{"unknown_method", "BREW / HTTP/1.1\r\n" + kHost + "\r\n", "501"},
        Refusal{"connect", "CONNECT h:80 HTTP/1.1\r\n" + kHost + "\r\n", "501"},
        Refusal{"no_host", "GET / HTTP/1.1\r\n\r\n", "400"},
        Refusal{"two_hosts", "GET / HTTP/1.1\r\n" + kHost + kHost + "\r\n", "400"},
        Refusal{"host_with_a_space", "GET / HTTP/1.1\r\nHost: local host\r\n\r\n" + kNext, "400"},
        Refusal{"host_with_a_path", "GET / HTTP/1.1\r\nHost: h/x\r\n\r\n" + kNext, "400"},
        Refusal{"relative_target", "GET x HTTP/1.1\r\n" + kHost + "\r\n", "400"},
        Refusal{"space_before_colon", "GET / HTTP/1.1\r\n" + kHost + "A : b\r\n\r\n", "400"},
        Refusal{"nul_in_header", "GET / HTTP/1.1\r\n" + kHost + std::string("A: b\0c\r\n\r\n", 10), "400"},
        Refusal{"long_target", "GET /" + std::string(600, 'a') + " HTTP/1.1\r\n" + kHost + "\r\n", "414"},
        Refusal{"endless_target", "GET /" + std::string(1500, 'a'), "414"},
        Refusal{"large_header", "GET / HTTP/1.1\r\n" + kHost + "A: " + std::string(3000, 'a') + "\r\n\r\n", "431"},
        Refusal{
            "many_headers",
            "GET / HTTP/1.1\r\n" + kHost +
                [] {
                    std::string many;
                    for (int i = 0; i < 1000; ++i) many += "A: b\r\n";
                    return many;
                }() +
                "\r\n",
            "431"
        },
        Refusal{
            "large_body", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 101\r\n\r\n" + std::string(101, 'a'), "413"
        },
        Refusal{
            "large_chunk",
            "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n65\r\n" + std::string(101, 'a') +
                "\r\n0\r\n\r\n",
            "413"
        },
        Refusal{"huge_length", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 99999999999999999999\r\n\r\n", "400"},
        Refusal{"negative_length", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: -1\r\n\r\n", "400"},
        Refusal{
            "two_lengths",
            "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 3\r\nContent-Length: 5\r\n\r\nabc" + kNext,
            "400"
        },
        Refusal{
            "same_length_twice",
            "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc" + kNext,
            "400"
        },
        Refusal{
            "length_and_chunked",
            "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + kNext,
            "400"
        },
        Refusal{
            "chunked_and_length",
            "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + kNext,
            "400"
        },
        Refusal{
            "other_coding",
            "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + kNext,
            "501"
        },
        Refusal{
            "hidden_coding",
            "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + kNext,
            "501"
        },
        Refusal{
            "chunked_twice",
            "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" + kNext,
            "501"
        },
        Refusal{"chunked_http_1_0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + kNext, "400"},
        Refusal{"bad_chunk", "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\nzz\r\n" + kNext, "400"},
        Refusal{
            "bare_line_feed",
            "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n",
            "400"
        },
        Refusal{
            "chunk_too_short",
            "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n" + kNext,
            "400"
        },
        Refusal{
            "chunk_size_signed",
            "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + kNext,
            "400"
        },
        Refusal{
            "chunk_size_overflows",
            "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n10000000000000001\r\na\r\n0\r\n\r\n",
            "400"
        },
        Refusal{
            "chunk_extension_endless",
            "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(2000, 'x'),
            "400"
        },
        Refusal{
            "trailer_endless",
            "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n0\r\n" +
                [] {
                    std::string many;
                    for (int i = 0; i < 1000; ++i) many += "A: 12345\r\n";
                    return many;
                }(),
            "400"
        },
        Refusal{"other_expectation", "POST / HTTP/1.1\r\n" + kHost + "Expect: tea\r\nContent-Length: 1\r\n\r\na", "417"}
    ),
    [](const auto& test) { return test.param.what; }
);

TEST_F(ServerTest, asks_for_a_body_that_waits_to_be_asked_for) {
    start();
    auto client = this->client();
    client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.read_to("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_THAT(client.ask("ok"), HasSubstr("POST /x ok"));
    EXPECT_THAT(client.get("/y"), HasSubstr("GET /y"));
}

TEST_F(ServerTest, refuses_by_the_head_before_a_body_is_sent) {
    handler.on_admit = [](const Request& request) {
        Handler::Admission admission;
        if (request.target == "/no") admission.refusal = text("refused", 403);
        if (request.target == "/small") admission.body_limit = 1;
        return admission;
    };
    start();
    auto client = this->client();
    client.send("POST /no HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_THAT(client.read_to_end(), AllOf(StartsWith("HTTP/1.1 403"), HasSubstr("Connection: close")));
    auto other = this->client();
    other.send("POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab");
    EXPECT_THAT(other.read_to_end(), StartsWith("HTTP/1.1 413"));
    auto third = this->client();
    EXPECT_THAT(third.get("/no"), AllOf(StartsWith("HTTP/1.1 403"), Not(HasSubstr("Connection: close"))));
}

TEST_F(ServerTest, gives_up_a_header_that_never_ends) {
    options.header_time = 50ms;
    start();
    auto client = this->client();
    client.send("GET / HTTP/1.1\r\nHost: h\r\nA: ");
    EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 408"));
    EXPECT_EQ(server->figures().timeouts, 1);
}

TEST_F(ServerTest, gives_up_a_body_that_never_comes) {
    options.body_time = 50ms;
    start();
    auto client = this->client();
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
    EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 408"));
}

TEST_F(ServerTest, closes_an_idle_connection_without_a_word) {
    options.idle_time = 50ms;
    start();
    auto client = this->client();
    EXPECT_THAT(client.get("/x"), HasSubstr("200"));
    EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(ServerTest, tells_connections_over_the_limit_to_come_again) {
    options.connections = 1;
    start();
    auto first = client();
    EXPECT_THAT(first.get("/x"), HasSubstr("200"));
    auto second = client();
    second.send("GET /y HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(
        second.read_to_end(),
        AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("Retry-After: "), HasSubstr("Connection: close"))
    );
    EXPECT_THAT(first.get("/z"), HasSubstr("200"));
    EXPECT_EQ(server->figures().refused_connections, 1);
}

TEST_F(ServerTest, refuses_requests_when_too_many_wait) {
    options.workers = 1;
    options.queued = 1;
    std::latch running{1};
    std::promise<void> go;
    auto may_go = go.get_future().share();
    handler.on_handle = [&](const Request& request) {
        if (request.target == "/slow") {
            running.count_down();
            may_go.wait();
        }
        return text("done");
    };
    start();
    auto first = client();
    first.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
    running.wait();
    auto second = client();
    second.send("GET /waits HTTP/1.1\r\nHost: h\r\n\r\n");
    while (server->figures().queued == 0) std::this_thread::yield();
    auto third = client();
    EXPECT_THAT(third.get("/too-many"), AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("Retry-After: ")));
    go.set_value();
    EXPECT_THAT(first.answer(), HasSubstr("done"));
    EXPECT_THAT(second.answer(), HasSubstr("done"));
    EXPECT_THAT(third.get("/now"), HasSubstr("done"));
    EXPECT_EQ(server->figures().refused_requests, 1);
}

TEST_F(ServerTest, tells_a_handler_that_its_client_has_gone) {
    std::latch running{1};
    std::promise<void> noticed;
    handler.on_handle = [&](const Request& request) {
        std::promise<void> stopped;
        const std::stop_callback on_stop{request.stop, [&] { stopped.set_value(); }};
        running.count_down();
        stopped.get_future().wait();
        noticed.set_value();
        return text("nobody reads this");
    };
    start();
    {
        auto client = this->client();
        client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
        running.wait();
    }
    noticed.get_future().wait();
    next_record();
}

TEST_F(ServerTest, answers_a_client_that_has_said_all) {
    start();
    auto client = this->client();
    client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
    client.end_sending();
    EXPECT_THAT(client.read_to_end(), HasSubstr("GET /x"));
}

TEST_F(ServerTest, turns_what_a_handler_throws_into_an_internal_error) {
    std::promise<Error> logged;
    options.problem_log = [&](const Error& error) { logged.set_value(error); };
    handler.on_handle = [](const Request&) -> Response { throw std::runtime_error{"SELECT secret"}; };
    start();
    auto client = this->client();
    const auto answer = client.get("/x");
    EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 500"), HasSubstr("request_id"), Not(HasSubstr("secret"))));
    EXPECT_THAT(logged.get_future().get().detail, HasSubstr("SELECT secret"));
}

TEST_F(ServerTest, writes_one_record_a_request) {
    handler.on_handle = [](const Request& request) {
        auto response = text("12345", 201);
        response.route = "/x/{id}";
        response.user_id = "u1";
        EXPECT_EQ(request.id.size(), 32);
        return response;
    };
    start();
    auto client = this->client();
    client.get("/x/1");
    const auto record = next_record();
    EXPECT_EQ(record.method, "GET");
    EXPECT_EQ(record.route, "/x/{id}");
    EXPECT_EQ(record.status, 201);
    EXPECT_EQ(record.bytes, 5);
    EXPECT_EQ(record.user_id, "u1");
    EXPECT_EQ(record.peer, "127.0.0.1");
    EXPECT_TRUE(record.complete);
    client.send("nonsense\r\n\r\n");
    EXPECT_EQ(next_record().status, 400);
}

TEST_F(ServerTest, believes_only_trusted_proxies) {
    handler.on_handle = [](const Request& request) {
        return text(
            request.peer.address + " " + request.peer.host + (request.peer.secure ? " secure " : " plain ") + request.id
        );
    };
    const std::string forwarded =
        "GET /x HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 6.6.6.6, 192.0.2.7, 127.0.0.1\r\nX-Forwarded-Proto: https\r\n"
        "X-Forwarded-Host: portal.example\r\nX-Request-Id: from-proxy\r\n\r\n";
    start();
    EXPECT_THAT(client().ask(forwarded), AllOf(HasSubstr("127.0.0.1 h plain "), Not(HasSubstr("from-proxy"))));
    options.trusted_proxies = {Network::parse("127.0.0.0/8").value()};
    start();
    EXPECT_THAT(client().ask(forwarded), HasSubstr("192.0.2.7 portal.example secure from-proxy"));
}

TEST_F(ServerTest, no_header_of_an_answer_can_begin_a_line) {
    handler.on_handle = [](const Request&) {
        auto response = text("");
        response.headers.set("Location", "/x\r\nSet-Cookie: a=b");
        return response;
    };
    start();
    EXPECT_THAT(client().get("/x"), HasSubstr("Location: /x  Set-Cookie: a=b\r\n"));
}

// ---- streams

TEST_F(ServerTest, streams_what_a_producer_writes) {
    handler.on_handle = [](const Request&) {
        Response response;
        response.produce = [](StreamWriter& out, const Limits&) -> Result<> {
            for (int i = 0; i < 1000; ++i) DRYDOCK_TRY_VOID(out.write(std::string(1000, 'x') + "\n"));
            return {};
        };
        return response;
    };
    options.stream_window = 8 << 10;
    start();
    auto client = this->client();
    client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(client.read_to("\r\n\r\n"), HasSubstr("Transfer-Encoding: chunked"));
    const auto body = client.read_to("\r\n0\r\n\r\n");
    EXPECT_EQ(std::ranges::count(body, 'x'), 1'000'000);
    EXPECT_EQ(next_record().status, 200);
    handler.on_handle = [](const Request&) { return text("again"); };
    EXPECT_THAT(client.get("/y"), HasSubstr("again"));
}

TEST_F(ServerTest, cuts_off_a_stream_whose_producer_failed) {
    handler.on_handle = [](const Request&) {
        Response response;
        response.produce = [](StreamWriter& out, const Limits&) -> Result<> {
            DRYDOCK_TRY_VOID(out.write("begun"));
            return Error{.message = "no more"};
        };
        return response;
    };
    start();
    auto client = this->client();
    client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(client.read_to_end(), Not(HasSubstr("0\r\n\r\n")));
    EXPECT_FALSE(next_record().complete);
}

TEST_F(ServerTest, ends_a_producer_whose_client_has_gone) {
    std::promise<Result<>> ended;
    handler.on_handle = [&](const Request&) {
        Response response;
        response.produce = [&](StreamWriter& out, const Limits&) -> Result<> {
            Result<> last;
            while (last) last = out.write(std::string(1000, 'x'));
            ended.set_value(last);
            return last;
        };
        return response;
    };
    start();
    {
        auto client = this->client();
        client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
        client.read_to("xxxx");
    }
    EXPECT_EQ(ended.get_future().get().error().code, ErrorCode::cancelled);
    EXPECT_FALSE(next_record().complete);
}

TEST_F(ServerTest, closes_a_sink_whose_client_takes_nothing) {
    std::promise<std::shared_ptr<Sink>> opened;
    handler.on_handle = [&](const Request&) {
        Response response;
        response.subscribe = [&](std::shared_ptr<Sink> sink) { opened.set_value(std::move(sink)); };
        return response;
    };
    options.stream_window = 4 << 10;
    start();
    auto client = this->client();
    client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto sink = opened.get_future().get();
    const auto piece = std::make_shared<const std::string>(1000, 'x');
    // The kernel's buffers take some; then the window fills, and the pusher never waits.
    while (sink->push(piece)) {
    }
    EXPECT_FALSE(next_record().complete);
    EXPECT_FALSE(sink->open());
}

// ---- stopping

TEST_F(ServerTest, a_stop_answers_what_runs_and_takes_nothing_new) {
    std::latch running{1};
    std::promise<void> go;
    auto may_go = go.get_future().share();
    handler.on_handle = [&](const Request&) {
        running.count_down();
        may_go.wait();
        return text("done");
    };
    start();
    const auto port = server->port();
    auto idle = client();
    auto busy = client();
    busy.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
    running.wait();
    auto stopping = std::async(std::launch::async, [&] { server->stop(20s); });
    EXPECT_EQ(idle.read_to_end(), "");
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_NE(::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(probe);
    go.set_value();
    EXPECT_THAT(busy.read_to_end(), AllOf(HasSubstr("done"), HasSubstr("Connection: close")));
    stopping.wait();
    EXPECT_EQ(server->figures().connections, 0);
}

TEST_F(ServerTest, a_stop_ends_streams_of_subscribers_at_once) {
    std::promise<std::shared_ptr<Sink>> opened;
    handler.on_handle = [&](const Request&) {
        Response response;
        response.subscribe = [&](std::shared_ptr<Sink> sink) { opened.set_value(std::move(sink)); };
        return response;
    };
    start();
    auto client = this->client();
    client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto sink = opened.get_future().get();
    sink->push(std::make_shared<const std::string>("last words"));
    server->stop(20s);
    EXPECT_THAT(client.read_to_end(), AllOf(HasSubstr("last words"), HasSubstr("\r\n0\r\n\r\n")));
    EXPECT_FALSE(sink->push(std::make_shared<const std::string>("too late")));
}

TEST_F(ServerTest, after_the_grace_time_running_requests_are_told_to_stop) {
    std::latch running{1};
    handler.on_handle = [&](const Request& request) {
        std::promise<void> stopped;
        const std::stop_callback on_stop{request.stop, [&] { stopped.set_value(); }};
        running.count_down();
        stopped.get_future().wait();
        return text("too late");
    };
    start();
    auto client = this->client();
    client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
    running.wait();
    server->stop(10ms);
    EXPECT_EQ(client.read_to_end(), "");
}

// ---- listening

TEST_F(ServerTest, says_what_keeps_it_from_listening) {
    start();
    ServerOptions taken{.listen = {{.port = server->port()}}};
    auto second = Server::start(taken, handler);
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message, HasSubstr("another program listens there"));
    auto nowhere = Server::start({.listen = {{.address = "192.0.2.1"}}}, handler);
    ASSERT_FALSE(nowhere);
    EXPECT_THAT(nowhere.error().message, HasSubstr("no such address"));
    auto name = Server::start({.listen = {{.address = "localhost"}}}, handler);
    ASSERT_FALSE(name);
    EXPECT_EQ(name.error().code, ErrorCode::invalid_argument);
}

TEST_F(ServerTest, listens_on_a_unix_socket_and_removes_it) {
    const testing::TempFolder folder;
    const auto path = (folder.path() / "http.sock").string();
    options.listen = {{.unix_socket = path, .unix_mode = 0600}};
    handler.on_handle = [](const Request& request) { return text(request.peer.address); };
    start();
    struct stat info{};
    ASSERT_EQ(::stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
    EXPECT_THAT(RawClient{path}.get("/x"), HasSubstr("unix"));
    EXPECT_FALSE(Server::start({.listen = {{.unix_socket = path}}}, handler));
    server.reset();
    EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace drydock::http
