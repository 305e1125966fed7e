#include "net/http_client.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <mutex>
#include <optional>
#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>

#include "base/files.h"
#include "base/poll.h"
#include "base/text.h"

namespace drydock::net {
namespace {

using Clock = Limits::Clock;

constexpr std::size_t kMostHeaders = std::size_t{64} * 1024;

template <auto free>
struct Free {
    template <class T>
    void operator()(T* pointer) const {
        free(pointer);
    }
};
using Easy = std::unique_ptr<CURL, Free<curl_easy_cleanup>>;
using Multi = std::unique_ptr<CURLM, Free<curl_multi_cleanup>>;
using Url = std::unique_ptr<CURLU, Free<curl_url_cleanup>>;
using Text = std::unique_ptr<char, Free<curl_free>>;
using List = std::unique_ptr<curl_slist, Free<curl_slist_free_all>>;

void start_curl() {
    static std::once_flag once;
    std::call_once(once, [] { ::curl_global_init(CURL_GLOBAL_DEFAULT); });
}

struct Place {
    std::string scheme;
    std::string host;  // an IPv6 address in brackets
    std::uint16_t port = 0;
};

Error bad_request(std::string message) {
    return Error{.code = ErrorCode::invalid_argument, .message = std::move(message)};
}

std::string part(CURLU* url, CURLUPart what, unsigned flags = 0) {
    char* text = nullptr;
    if (::curl_url_get(url, what, &text, flags) != CURLUE_OK) return {};
    const Text owner{text};
    return text;
}

Result<Place> read_url(CURLU* url, const HttpRequest& request) {
    if (::curl_url_set(url, CURLUPART_URL, request.url.c_str(), 0) != CURLUE_OK ||
        request.url.find('\0') != request.url.npos) {
        return bad_request("this is no URL");
    }
    Place place{.scheme = part(url, CURLUPART_SCHEME), .host = part(url, CURLUPART_HOST)};
    if (place.scheme != "https" && !(place.scheme == "http" && request.plain_http)) {
        return bad_request("the URL must begin with https://");
    }
    if (!part(url, CURLUPART_USER).empty() || !part(url, CURLUPART_PASSWORD).empty()) {
        return bad_request("the URL must not hold a user or a password");
    }
    const auto port = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    std::from_chars(port.data(), port.data() + port.size(), place.port);
    if (place.port == 0 || place.host.empty()) return bad_request("the URL names no host or no port");
    return place;
}

bool is_token(std::string_view text) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               kMarks.find(c) != kMarks.npos;
    });
}

Result<List> header_list(const HttpRequest& request) {
    List list;
    const auto add = [&](const std::string& line) {
        curl_slist* const longer = ::curl_slist_append(list.get(), line.c_str());
        if (!longer) return;
        static_cast<void>(list.release());
        list.reset(longer);
    };
    add("Expect:");  // a round trip that no body of ours is worth
    for (const auto& header : request.headers) {
        constexpr std::string_view kForbidden{"\r\n\0", 3};
        if (!is_token(header.name) || header.value.find_first_of(kForbidden) != header.value.npos) {
            return bad_request("a header of the request has a character that no header may have");
        }
        // curl's own spelling of a header without a value.
        add(header.value.empty() ? header.name + ";" : fmt::format("{}: {}", header.name, header.value));
    }
    return list;
}

// One request on its way.
class Exchange {
public:
    Exchange(const Dialler& dialler, const HttpRequest& request, const Limits& limits)
        : dialler_(dialler),
          request_(request),
          limits_(limits),
          easy_(::curl_easy_init()),
          multi_(::curl_multi_init()) {}
    ~Exchange() {
        if (added_) ::curl_multi_remove_handle(multi_.get(), easy_.get());
    }
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    Result<HttpAnswer> run() {
        if (!easy_ || !multi_) return Error{.code = ErrorCode::internal, .message = "there is no HTTP client"};
        const Url url{::curl_url()};
        DRYDOCK_TRY(place_, read_url(url.get(), request_));
        if (!is_token(request_.method)) return bad_request("this is no method of HTTP");
        DRYDOCK_TRY(headers_, header_list(request_));
        set(CURLOPT_CURLU, url.get());
        DRYDOCK_TRY_VOID(set_route());
        DRYDOCK_TRY_VOID(set_tls());
        set_request();
        set_answer();
        DRYDOCK_TRY(const CURLcode code, perform());
        if (code != CURLE_OK) return failure(code);
        long status = 0;
        ::curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
        answer_.status = static_cast<int>(status);
        take_times();
        return std::move(answer_);
    }

private:
    template <class Value>
    void set(CURLoption option, Value value) {
        ::curl_easy_setopt(easy_.get(), option, value);
    }

    // Looked up by the dialler, which keeps to the limits and can be injected; the address is judged once more where
    // curl opens the socket, so nothing that curl might do on its own gets round the policy.
    Result<> set_route() {
        set(CURLOPT_PROXY, "");
        set(CURLOPT_NOPROXY, "*");
        set(CURLOPT_FOLLOWLOCATION, 0L);
        set(CURLOPT_PROTOCOLS_STR, "http,https");
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
        set(CURLOPT_OPENSOCKETFUNCTION, open_socket);
        set(CURLOPT_OPENSOCKETDATA, this);
        if (!request_.unix_socket.empty()) {
            set(CURLOPT_UNIX_SOCKET_PATH, request_.unix_socket.c_str());
            return {};
        }
        if (Address::parse(place_.host, place_.port)) return {};
        const auto begun = Clock::now();
        DRYDOCK_TRY(const auto addresses, dialler_.resolve_allowed(place_.host, place_.port, limits_));
        answer_.timing.name = Clock::now() - begun;
        std::string pinned = fmt::format("{}:{}:", place_.host, place_.port);
        for (const auto& address : addresses) {
            if (pinned.back() != ':') pinned += ',';
            pinned += address.family() == AF_INET6 ? fmt::format("[{}]", address.host()) : address.host();
        }
        pinned_.reset(::curl_slist_append(nullptr, pinned.c_str()));
        set(CURLOPT_RESOLVE, pinned_.get());
        return {};
    }

    Result<> set_tls() {
        const auto& tls = request_.tls;
        if (place_.scheme != "https") return {};
        if (tls.mode == TlsMode::off) return bad_request("https can't be spoken without TLS");
        set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
        set(CURLOPT_SSL_VERIFYPEER, tls.mode == TlsMode::unverified ? 0L : 1L);
        set(CURLOPT_SSL_VERIFYHOST, tls.mode == TlsMode::verify_full ? 2L : 0L);
        if (!tls.ca_pem.empty()) {
            set_blob(CURLOPT_CAINFO_BLOB, tls.ca_pem);
        } else if (!tls.ca_file.empty()) {
            DRYDOCK_TRY(ca_, read_file(tls.ca_file));
            set_blob(CURLOPT_CAINFO_BLOB, ca_);
        }
        if (!tls.certificate_pem.empty()) {
            set_blob(CURLOPT_SSLCERT_BLOB, tls.certificate_pem);
            set_blob(CURLOPT_SSLKEY_BLOB, tls.key_pem.reveal());
        }
        return {};
    }

    void set_blob(CURLoption option, const std::string& bytes) {
        curl_blob blob{const_cast<char*>(bytes.data()), bytes.size(), CURL_BLOB_NOCOPY};
        set(option, &blob);
    }

    void set_request() {
        set(CURLOPT_HTTPHEADER, headers_.get());
        set(CURLOPT_USERAGENT, "drydock");
        if (request_.method == "HEAD") {
            set(CURLOPT_NOBODY, 1L);
            return;
        }
        if (!request_.body.empty() || request_.method == "POST") {
            set(CURLOPT_POST, 1L);
            set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
            set(CURLOPT_POSTFIELDS, request_.body.data());
        }
        set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    }

    void set_answer() {
        set(CURLOPT_WRITEFUNCTION, take_body);
        set(CURLOPT_WRITEDATA, this);
        set(CURLOPT_HEADERFUNCTION, take_header);
        set(CURLOPT_HEADERDATA, this);
    }

    Result<CURLcode> perform() {
        ::curl_multi_add_handle(multi_.get(), easy_.get());
        added_ = true;
        const Wake wake{limits_.stop};
        curl_waitfd stop{wake.fd(), CURL_WAIT_POLLIN, 0};
        for (;;) {
            DRYDOCK_TRY_VOID(told(check_limits(limits_)));
            int running = 0;
            ::curl_multi_perform(multi_.get(), &running);
            int left = 0;
            const CURLMsg* const message = ::curl_multi_info_read(multi_.get(), &left);
            if (message && message->msg == CURLMSG_DONE) return message->data.result;
            ::curl_multi_poll(multi_.get(), &stop, wake.fd() >= 0 ? 1 : 0, wait_ms(), nullptr);
        }
    }

    int wait_ms() const {
        constexpr std::chrono::milliseconds kLongest{1000};
        const auto left = limits_.at_most(kLongest).deadline - Clock::now();
        return static_cast<int>(std::max<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(left).count(), 0));
    }

    Result<> told(Result<> result) const {
        if (!result) result.error().message = fmt::format("asking \"{}\": {}", place_.host, result.error().message);
        return result;
    }

    Error failure(CURLcode code) {
        if (refused_) return *std::move(refused_);
        const auto about = [&](ErrorCode kind, std::string_view what, std::string_view hint) {
            // curl's own text holds addresses at times.
            return Error{
                .code = kind,
                .message = fmt::format("asking \"{}\": {}", place_.host, what),
                .hint = std::string{hint},
                .detail = ::curl_easy_strerror(code)
            };
        };
        if (too_long_) return about(ErrorCode::failed, "the answer is longer than allowed", "");
        switch (code) {
            case CURLE_PEER_FAILED_VERIFICATION:
                return about(
                    ErrorCode::permission_denied,
                    "the certificate of the server is not trusted",
                    "Check that the certificate was made for this host name, and give the authority that signed it."
                );
            case CURLE_SSL_CACERT_BADFILE:
            case CURLE_SSL_CERTPROBLEM:
                return about(ErrorCode::invalid_argument, "the certificates given for TLS can't be used", "");
            case CURLE_COULDNT_CONNECT:
                return about(ErrorCode::unavailable, "the host does not answer on this port", "Check host and port.");
            default:
                return about(ErrorCode::unavailable, ::curl_easy_strerror(code), "");
        }
    }

    void take_times() {
        curl_off_t name = 0;
        curl_off_t connected = 0;
        curl_off_t secured = 0;
        ::curl_easy_getinfo(easy_.get(), CURLINFO_NAMELOOKUP_TIME_T, &name);
        ::curl_easy_getinfo(easy_.get(), CURLINFO_CONNECT_TIME_T, &connected);
        ::curl_easy_getinfo(easy_.get(), CURLINFO_APPCONNECT_TIME_T, &secured);
        using std::chrono::microseconds;
        if (connected > 0) answer_.timing.tcp = microseconds{std::max<curl_off_t>(connected - name, 0)};
        if (secured > 0) answer_.timing.tls = microseconds{std::max<curl_off_t>(secured - connected, 0)};
    }

    static curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr* to) {
        auto& exchange = *static_cast<Exchange*>(self);
        const auto address = Address::from(&to->addr, static_cast<socklen_t>(to->addrlen));
        auto verdict = address
                           ? exchange.dialler_.policy().judge(*address)
                           : Result<>{Error{.code = ErrorCode::internal, .message = "an address of an unknown kind"}};
        if (!verdict) {
            exchange.refused_ = std::move(verdict).error();
            return CURL_SOCKET_BAD;
        }
        return ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
    }

    static std::size_t take_body(char* bytes, std::size_t, std::size_t size, void* self) {
        auto& exchange = *static_cast<Exchange*>(self);
        auto& body = exchange.answer_.body;
        exchange.too_long_ =
            size > exchange.request_.most_answer - std::min(body.size(), exchange.request_.most_answer);
        if (exchange.too_long_) return size + 1;  // "not all taken", whatever the size
        body.append(bytes, size);
        return size;
    }

    static std::size_t take_header(char* bytes, std::size_t, std::size_t size, void* self) {
        auto& exchange = *static_cast<Exchange*>(self);
        exchange.header_bytes_ += size;
        exchange.too_long_ = exchange.header_bytes_ > kMostHeaders;
        if (exchange.too_long_) return size + 1;
        const std::string_view line{bytes, size};
        if (line.starts_with("HTTP/")) exchange.answer_.headers.clear();  // of an interim answer
        const auto colon = line.find(':');
        if (colon == line.npos) return size;
        exchange.answer_.headers.push_back(
            {to_lower(trim(line.substr(0, colon))), std::string{trim(line.substr(colon + 1))}}
        );
        return size;
    }

    const Dialler& dialler_;
    const HttpRequest& request_;
    const Limits& limits_;
    Place place_;
    List headers_;
    List pinned_;
    std::string ca_;
    HttpAnswer answer_;
    std::size_t header_bytes_ = 0;
    bool too_long_ = false;
    bool added_ = false;
    std::optional<Error> refused_;
    // Last, so they go first: they point at what stands above. The request leaves the crowd before both.
    Easy easy_;
    Multi multi_;
};

}  // namespace

std::string_view HttpAnswer::header(std::string_view name) const {
    for (const auto& header : headers) {
        if (header.name == name) return header.value;
    }
    return {};
}

Result<HttpAnswer> fetch(const Dialler& dialler, const HttpRequest& request, const Limits& limits) {
    start_curl();
    return Exchange{dialler, request, limits}.run();
}

}  // namespace drydock::net
