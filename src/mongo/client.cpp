#include "mongo/client.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "mongo/driver.h"
#include "mongo/stream.h"

namespace drydock::mongo {
namespace {

struct FreeUri {
    void operator()(mongoc_uri_t* uri) const { driver().mongoc_uri_destroy(uri); }
};
struct FreeClient {
    void operator()(mongoc_client_t* client) const { driver().mongoc_client_destroy(client); }
};
struct FreeDatabase {
    void operator()(mongoc_database_t* database) const { driver().mongoc_database_destroy(database); }
};
struct FreeNames {
    void operator()(char** names) const { driver().bson_strfreev(names); }
};
struct FreeText {
    void operator()(char* text) const { driver().bson_free(text); }
};
using Uri = std::unique_ptr<mongoc_uri_t, FreeUri>;
using ClientPointer = std::unique_ptr<mongoc_client_t, FreeClient>;
using Database = std::unique_ptr<mongoc_database_t, FreeDatabase>;
using Names = std::unique_ptr<char*, FreeNames>;
using Json = std::unique_ptr<char, FreeText>;

// A bson_t of the heap. It is aligned more than a template argument remembers, so it has an owner of its own.
class Document {
public:
    explicit Document(bson_t* bson) : bson_(bson) {}
    ~Document() {
        if (bson_) driver().bson_destroy(bson_);
    }
    Document(const Document&) = delete;
    Document& operator=(const Document&) = delete;

    explicit operator bool() const { return bson_ != nullptr; }
    bson_t* get() const { return bson_; }
    bson_t& operator*() const { return *bson_; }

private:
    bson_t* bson_;
};

// From extended JSON; none where it is no document.
Document document_of(std::string_view json) {
    bson_error_t error{};
    return Document{driver().bson_new_from_json(
        reinterpret_cast<const std::uint8_t*>(json.data()), static_cast<ssize_t>(json.size()), &error
    )};
}

// An answer that libmongoc has filled in, whatever came of the call.
struct Answer {
    bson_t document = BSON_INITIALIZER;
    Answer() = default;
    ~Answer() { driver().bson_destroy(&document); }
    Answer(const Answer&) = delete;
    Answer& operator=(const Answer&) = delete;
};

Error bad(std::string message) {
    return Error{.code = ErrorCode::invalid_argument, .message = std::move(message)};
}

bool is_host(std::string_view name) {
    return !name.empty() && name.size() < 256 &&
           std::all_of(
               name.begin(),
               name.end(),
               [](char c) {
                   return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                          c == '-' || c == '_' || c == ':';
               }
           );
}

// Hosts are the only values that go into a text: libmongoc has no setter for them. They are checked letter by letter.
Result<Uri> host_uri(const std::vector<Host>& hosts) {
    if (hosts.empty()) return bad("there is no host to connect to");
    std::string text = "mongodb://";
    for (const auto& host : hosts) {
        if (!is_host(host.name) || host.port == 0) return bad("this is no host and port of a MongoDB server");
        if (text.back() != '/') text += ',';
        const bool v6 = host.name.find(':') != host.name.npos;
        text += fmt::format("{}{}{}:{}", v6 ? "[" : "", host.name, v6 ? "]" : "", host.port);
    }
    bson_error_t error{};
    Uri uri{driver().mongoc_uri_new_with_error((text + "/").c_str(), &error)};
    if (!uri) return bad("this is no host and port of a MongoDB server");
    return uri;
}

bool is_utf8(std::string_view text) {
    return !first_invalid_utf8(text) && text.find('\0') == text.npos;
}

Result<Uri> make_uri(const ConnectOptions& options) {
    DRYDOCK_TRY(auto uri, host_uri(options.hosts));
    auto* const u = uri.get();
    const auto set = [&](const char* what, const std::string& value, auto setter) -> Result<> {
        if (value.empty()) return {};
        if (!is_utf8(value) || !setter(u, value.c_str())) return bad(fmt::format("{} can't be used", what));
        return {};
    };
    DRYDOCK_TRY_VOID(set("the user", options.user, driver().mongoc_uri_set_username));
    if (!options.user.empty()) {
        DRYDOCK_TRY_VOID(set("the password", options.password.reveal(), driver().mongoc_uri_set_password));
        DRYDOCK_TRY_VOID(set("the authentication database", options.auth_source, driver().mongoc_uri_set_auth_source));
        DRYDOCK_TRY_VOID(set("the mechanism", options.auth_mechanism, driver().mongoc_uri_set_auth_mechanism));
    }
    DRYDOCK_TRY_VOID(set("the application's name", options.app_name, driver().mongoc_uri_set_appname));
    DRYDOCK_TRY_VOID(set("the replica set's name", options.replica_set, [](mongoc_uri_t* to, const char* value) {
        return driver().mongoc_uri_set_option_as_utf8(to, MONGOC_URI_REPLICASET, value);
    }));
    const auto milliseconds =
        static_cast<std::int32_t>(std::clamp<std::int64_t>(options.connect_timeout.count(), 1, 3'600'000));
    driver().mongoc_uri_set_option_as_int32(u, MONGOC_URI_CONNECTTIMEOUTMS, milliseconds);
    // One look at all hosts, as far as the limits allow, and no pause of libmongoc's own between two.
    driver().mongoc_uri_set_option_as_bool(u, MONGOC_URI_SERVERSELECTIONTRYONCE, true);
    return uri;
}

// The server's codes that mean more than "failed".
ErrorCode code_of(const bson_error_t& error) {
    const bool from_server = error.domain == MONGOC_ERROR_SERVER || error.domain == MONGOC_ERROR_QUERY;
    if (error.domain == MONGOC_ERROR_CLIENT && error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE) {
        return ErrorCode::unauthenticated;
    }
    if (error.domain == MONGOC_ERROR_SERVER_SELECTION || error.domain == MONGOC_ERROR_STREAM) {
        return ErrorCode::unavailable;
    }
    if (!from_server) return ErrorCode::failed;
    switch (error.code) {
        case 18:
            return ErrorCode::unauthenticated;
        case 13:
            return ErrorCode::permission_denied;
        case 11:  // UserNotFound
        case 26:  // NamespaceNotFound
            return ErrorCode::not_found;
        case 50:
            return ErrorCode::deadline_exceeded;  // MaxTimeMSExpired
        case 91:                                  // ShutdownInProgress
        case 189:                                 // PrimarySteppedDown
        case 10107:                               // NotWritablePrimary
        case 11600:                               // InterruptedAtShutdown
        case 11602:                               // InterruptedDueToReplStateChange
        case 13435:                               // NotPrimaryNoSecondaryOk
        case 13436:                               // NotPrimaryOrSecondary
            return ErrorCode::unavailable;
        default:
            return ErrorCode::failed;
    }
}

// Commands whose text is or may hold a secret, which servers repeat when they don't like it.
bool is_secret(std::string_view command) {
    constexpr std::array<std::string_view, 8> kSecret{
        "createUser",
        "updateUser",
        "authenticate",
        "saslStart",
        "saslContinue",
        "copydb",
        "copydbsaslstart",
        "setParameter"
    };
    return std::any_of(kSecret.begin(), kSecret.end(), [&](std::string_view one) { return iequals(one, command); });
}

bool is_plain_name(std::string_view name) {
    return !name.empty() && is_utf8(name);
}

}  // namespace

struct Client::Impl {
    Road road;
    ClientPointer client{};  // last: its streams use the road

    explicit Impl(Road road_) : road(std::move(road_)) {}
    ~Impl() {
        // It tells the server goodbye, which must not take long.
        road.limits = Limits::within(std::chrono::milliseconds{500});
        client.reset();
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void begin(const Limits& limits) {
        road.limits = limits;
        road.error.reset();
    }

    // What the stream met explains the rest; libmongoc's own words would hold addresses.
    Error told(const bson_error_t& error, bool secret) {
        if (error.domain == MONGOC_ERROR_SERVER_SELECTION && !road.error) {
            return Error{
                .code = ErrorCode::unavailable,
                .message = "no server of the deployment can take this",
                .hint = "Check the name of the replica set, and that it has a primary."
            };
        }
        const auto code = code_of(error);
        const bool from_server = error.domain == MONGOC_ERROR_SERVER || error.domain == MONGOC_ERROR_QUERY;
        if (road.error && !from_server) return *std::exchange(road.error, {});
        if (code == ErrorCode::unauthenticated) {
            return Error{
                .code = code,
                .message = "the server refused the user or the password",
                .hint = "Check both, and the authentication database.",
            };
        }
        if (secret) {
            return Error{.code = code, .message = fmt::format("the server refused the command (code {})", error.code)};
        }
        return Error{.code = code, .message = fmt::format("the server answered: {}", &error.message[0])};
    }

    Result<std::string> run(const std::string& database, const bson_t& command, bool secret) {
        if (!is_plain_name(database)) return bad("there is no database named");
        Answer answer;
        bson_error_t error{};
        const bool done = driver().mongoc_client_command_simple(
            client.get(), database.c_str(), &command, nullptr, &answer.document, &error
        );
        if (!done) return told(error, secret);
        const Json text{driver().bson_as_relaxed_extended_json(&answer.document, nullptr)};
        if (!text) return Error{.code = ErrorCode::failed, .message = "the server's answer can't be shown as JSON"};
        return std::string{text.get()};
    }

    Result<std::vector<std::string>> names(char** list, const bson_error_t& error) {
        const Names owner{list};
        if (!list) return told(error, false);
        std::vector<std::string> result;
        for (char** name = list; *name; ++name) result.emplace_back(*name);
        return result;
    }
};

namespace {

mongoc_stream_t* initiate(const mongoc_uri_t*, const mongoc_host_list_t* host, void* road, bson_error_t*) {
    return static_cast<mongoc_stream_t*>(open_stream(*static_cast<Road*>(road), &host->host[0], host->port));
}

}  // namespace

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::Client(Client&& other) noexcept = default;
Client& Client::operator=(Client&& other) noexcept = default;
Client::~Client() = default;

Result<Client> Client::connect(
    const net::Dialler& dialler, const ConnectOptions& options, const Limits& limits, net::Timing* timing
) {
    DRYDOCK_TRY_VOID(load_driver());
    DRYDOCK_TRY(const auto uri, make_uri(options));
    auto impl = std::make_unique<Impl>(
        Road{.dialler = dialler, .tls = options.tls, .connect_timeout = options.connect_timeout, .timing = timing}
    );
    impl->client.reset(driver().mongoc_client_new_from_uri(uri.get()));
    if (!impl->client) return bad("these options don't go together");
    driver().mongoc_client_set_error_api(impl->client.get(), MONGOC_ERROR_API_VERSION_2);
    driver().mongoc_client_set_stream_initiator(impl->client.get(), initiate, &impl->road);
    Client client{std::move(impl)};
    auto alive = client.ping(limits);
    client.impl_->road.timing = nullptr;
    if (!alive) return std::move(alive).error();
    return client;
}

Result<> Client::ping(const Limits& limits) {
    DRYDOCK_TRY_VOID(command("admin", R"({"ping": 1})", limits));
    return {};
}

Result<std::string> Client::server_version(const Limits& limits) {
    impl_->begin(limits);
    const auto command = document_of(R"({"buildInfo": 1})");
    Answer answer;
    bson_error_t error{};
    if (!driver().mongoc_client_command_simple(
            impl_->client.get(), "admin", command.get(), nullptr, &answer.document, &error
        )) {
        return impl_->told(error, false);
    }
    bson_iter_t at{};
    if (driver().bson_iter_init_find(&at, &answer.document, "version") &&
        driver().bson_iter_type(&at) == BSON_TYPE_UTF8) {
        return std::string{driver().bson_iter_utf8(&at, nullptr)};
    }
    return Error{.code = ErrorCode::failed, .message = "the server does not tell its version"};
}

Result<std::vector<std::string>> Client::databases(const Limits& limits) {
    impl_->begin(limits);
    bson_error_t error{};
    return impl_->names(
        driver().mongoc_client_get_database_names_with_opts(impl_->client.get(), nullptr, &error), error
    );
}

Result<std::vector<std::string>> Client::collections(const std::string& database, const Limits& limits) {
    if (!is_plain_name(database)) return bad("there is no database named");
    impl_->begin(limits);
    const Database opened{driver().mongoc_client_get_database(impl_->client.get(), database.c_str())};
    bson_error_t error{};
    return impl_->names(driver().mongoc_database_get_collection_names_with_opts(opened.get(), nullptr, &error), error);
}

Result<std::string> Client::command(const std::string& database, std::string_view json, const Limits& limits) {
    const auto document = document_of(json);
    bson_iter_t first{};
    if (json.empty() || !document || !driver().bson_iter_init(&first, document.get()) ||
        !driver().bson_iter_next(&first)) {
        // What the parser says would repeat the text.
        return bad("the command is no document of extended JSON");
    }
    impl_->begin(limits);
    return impl_->run(database, *document, is_secret(driver().bson_iter_key(&first)));
}

Result<> Client::set_password(
    const std::string& database, const std::string& user, const Secret& password, const Limits& limits
) {
    if (!is_plain_name(user) || !is_plain_name(password.reveal())) {
        return bad("a user and a password are needed, both without a zero byte and in UTF-8");
    }
    impl_->begin(limits);
    const Secret text{boost::json::serialize(boost::json::object{{"updateUser", user}, {"pwd", password.reveal()}})};
    const auto command = document_of(text.reveal());
    auto done = impl_->run(database, *command, true);
    // BSON gives its memory back as it is.
    ::explicit_bzero(const_cast<std::uint8_t*>(driver().bson_get_data(command.get())), command.get()->len);
    if (!done) return std::move(done).error();
    return {};
}

}  // namespace drydock::mongo
