#include "redis/client.h"

#include <string.h>

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace drydock::redis {
namespace {

constexpr std::size_t kRead = 16384;

// After these a connection no longer gives one answer to one command.
constexpr std::array<std::string_view, 10> kRefused{
    "subscribe",
    "psubscribe",
    "ssubscribe",
    "unsubscribe",
    "punsubscribe",
    "sunsubscribe",
    "monitor",
    "sync",
    "psync",
    "quit"
};
// Commands whose arguments are or may hold secrets.
constexpr std::array<std::string_view, 7> kSecret{"auth", "hello", "acl", "config", "migrate", "sentinel", "debug"};

bool among(std::span<const std::string_view> names, std::string_view name) {
    return std::any_of(names.begin(), names.end(), [&](std::string_view one) { return iequals(one, name); });
}

Result<> examine(const Argv& argv) {
    if (argv.empty() || argv.front().empty()) {
        return Error{.code = ErrorCode::invalid_argument, .message = "there is no command"};
    }
    const bool changes = iequals(argv.front(), "hello") || iequals(argv.front(), "reset") ||
                         (argv.size() > 1 && iequals(argv.front(), "client") && iequals(argv[1], "reply"));
    if (!changes && !among(kRefused, argv.front())) return {};
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = fmt::format("{} can't be run here: it changes what the connection says", argv.front())
    };
}

// Arguments with a password among them.
struct WipedArgv {
    Argv argv;
    ~WipedArgv() {
        for (auto& argument : argv) ::explicit_bzero(argument.data(), argument.size());
    }
};

bool is_unknown_command(const Value& value) {
    return error_word(value) == "ERR" && value.text.find("unknown command") != std::string::npos;
}

}  // namespace

struct Client::Impl {
    std::unique_ptr<net::Stream> stream;
    net::Address address;
    Parser parser;
    std::function<void(const Value&)> listener{};
    int protocol = 3;
    bool broken = false;

    Result<Value> receive(const Limits& limits) {
        for (;;) {
            DRYDOCK_TRY(auto value, parser.next());
            if (value && value->kind == Value::Kind::push) {
                if (listener) listener(*value);
                continue;
            }
            if (value) return *std::move(value);
            std::array<char, kRead> buffer;  // NOLINT: filled by what comes
            DRYDOCK_TRY(const auto n, stream->read(buffer, limits));
            if (n == 0) return Error{.code = ErrorCode::unavailable, .message = "the server closed the connection"};
            parser.feed({buffer.data(), n});
        }
    }

    // Broken until all has come, so no way out leaves an answer behind for the next command.
    Result<std::vector<Value>> exchange(const Secret& bytes, std::size_t count, const Limits& limits) {
        if (broken) {
            return Error{
                .code = ErrorCode::unavailable, .message = "the connection to the server can't be used any more"
            };
        }
        broken = true;
        DRYDOCK_TRY_VOID(stream->write(bytes.reveal(), limits));
        std::vector<Value> answers;
        answers.reserve(count);
        while (answers.size() < count) {
            DRYDOCK_TRY(auto value, receive(limits));
            answers.push_back(std::move(value));
        }
        broken = false;
        return answers;
    }

    Result<Value> ask(const Argv& argv, const Limits& limits) {
        std::string bytes;
        encode_command(argv, bytes);
        DRYDOCK_TRY(auto answers, exchange(Secret{std::move(bytes)}, 1, limits));
        return std::move(answers.front());
    }

    // RESP3 and all else in one flight; servers before 6 know neither HELLO nor users.
    Result<> greet(const ConnectOptions& options, const Limits& limits) {
        WipedArgv hello{{"HELLO", "3"}};
        if (!options.password.empty()) {
            hello.argv.insert(hello.argv.end(), {"AUTH", options.user.empty() ? "default" : options.user});
            hello.argv.push_back(options.password.reveal());
        }
        if (!options.client_name.empty()) hello.argv.insert(hello.argv.end(), {"SETNAME", options.client_name});
        DRYDOCK_TRY(const auto answer, ask(hello.argv, limits));
        if (answer.is_error() && (error_word(answer) == "NOPROTO" || is_unknown_command(answer))) {
            protocol = 2;
            return sign_in_before_6(options, limits);
        }
        if (answer.is_error()) return to_error(answer, true);
        return {};
    }

    Result<> sign_in_before_6(const ConnectOptions& options, const Limits& limits) {
        if (!options.password.empty()) {
            WipedArgv auth{{"AUTH"}};
            if (!options.user.empty()) auth.argv.push_back(options.user);
            auth.argv.push_back(options.password.reveal());
            DRYDOCK_TRY(const auto answer, ask(auth.argv, limits));
            if (answer.is_error()) return to_error(answer, true);
        }
        if (options.client_name.empty()) return {};
        DRYDOCK_TRY(const auto named, ask({"CLIENT", "SETNAME", options.client_name}, limits));
        if (named.is_error() && error_word(named) == "NOAUTH") return to_error(named, true);
        return {};
    }
};

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::Client(Client&& other) noexcept = default;
Client& Client::operator=(Client&& other) noexcept = default;
Client::~Client() = default;

Result<Client> Client::connect(
    const net::Dialler& dialler, const ConnectOptions& options, const Limits& limits, net::Timing* timing
) {
    const auto* const tls = options.tls ? &*options.tls : nullptr;
    DRYDOCK_TRY(auto opened, net::open_stream(dialler, options.host, options.port, tls, limits, timing));
    Client client{std::make_unique<Impl>(
        Impl{.stream = std::move(opened.stream), .address = opened.address, .parser = Parser{options.limits}}
    )};
    DRYDOCK_TRY_VOID(client.impl_->greet(options, limits));
    if (options.database != 0) {
        DRYDOCK_TRY_VOID(client.command({"SELECT", std::to_string(options.database)}, limits));
    }
    return client;
}

Result<Value> Client::command(const Argv& argv, const Limits& limits) {
    DRYDOCK_TRY(auto answers, pipeline({argv}, limits));
    auto& answer = answers.front();
    if (answer.is_error()) return to_error(answer, among(kSecret, argv.front()));
    return std::move(answer);
}

Result<std::vector<Value>> Client::pipeline(const std::vector<Argv>& commands, const Limits& limits) {
    std::string bytes;
    for (const auto& argv : commands) {
        DRYDOCK_TRY_VOID(examine(argv));
        encode_command(argv, bytes);
    }
    return impl_->exchange(Secret{std::move(bytes)}, commands.size(), limits);
}

void Client::on_push(std::function<void(const Value&)> listener) {
    impl_->listener = std::move(listener);
}

bool Client::usable() const {
    return !impl_->broken;
}

bool Client::still_open() const {
    return usable() && impl_->stream->still_open();
}

int Client::protocol() const {
    return impl_->protocol;
}

const net::Address& Client::address() const {
    return impl_->address;
}

}  // namespace drydock::redis
