#include <array>
#include <string>
#include <utility>
#include <vector>

#include "health/socket_wire.h"
#include "redis/codec.h"

namespace drydock::health {
namespace {

// Answers to these are short, whoever sends them.
constexpr redis::ParserLimits kLimits{.depth = 8, .bytes = 256 * 1024, .line = 16 * 1024};

class RedisWire final : public SocketWire {
public:
    using SocketWire::SocketWire;

protected:
    Step sign_in(const Target& target) override {
        if (target.password.empty()) return Step::done();
        std::vector<std::string> argv{"AUTH"};
        if (!target.user.empty()) argv.push_back(target.user);
        argv.push_back(target.password.reveal());
        command(argv);
        return Step::waits();
    }

    Step question() override {
        answers_ = 0;
        finding_ = {};
        command(std::array<std::string, 1>{"PING"});
        command(std::array<std::string, 1>{"ROLE"});
        return Step::waits();
    }

    Step hear(std::string_view bytes) override {
        parser_.feed(bytes);
        for (;;) {
            const auto value = parser_.next();
            if (!value) return Step::failed({.outcome = Outcome::protocol_error, .phase = phase()});
            if (!*value) return Step::waits();
            if ((*value)->kind == redis::Value::Kind::push) continue;
            const auto step = signed_in() ? note_answer(**value) : note_sign_in(**value);
            if (step.state != Step::State::waiting) return step;
        }
    }

private:
    void command(std::span<const std::string> argv) {
        std::string bytes;
        redis::encode_command(argv, bytes);
        say(bytes);
    }

    Step note_sign_in(const redis::Value& value) const {
        if (!value.is_error()) return Step::done();
        // A server that asks for no password takes none: it is open to this user all the same.
        const bool none_wanted = value.text.find("without any password configured") != std::string::npos;
        if (none_wanted) return Step::done();
        return Step::failed({.outcome = outcome_of(value), .phase = Phase::sign_in});
    }

    // First PING, then ROLE, which a user may not be allowed.
    Step note_answer(const redis::Value& value) {
        if (answers_++ == 0) {
            if (value.is_error()) finding_.outcome = outcome_of(value);
            if (finding_.outcome == Outcome::auth_failed || finding_.outcome == Outcome::too_many_connections) {
                return Step::failed(finding_);
            }
            return Step::waits();
        }
        const bool replica = value.is_list() && !value.items.empty() && value.items.front().text == "slave";
        if (replica && finding_.outcome == Outcome::ok) finding_.outcome = Outcome::read_only;
        return Step::done(finding_);
    }

    static Outcome outcome_of(const redis::Value& value) {
        const auto word = redis::error_word(value);
        if (word == "NOPERM") return Outcome::ok;  // it answers; this user may not ask
        if (word == "NOAUTH" || word == "WRONGPASS") return Outcome::auth_failed;
        if (word == "LOADING") return Outcome::starting_up;
        if (value.text.find("max number of clients") != std::string::npos) return Outcome::too_many_connections;
        if (value.text.find("invalid password") != std::string::npos) return Outcome::auth_failed;  // before 6
        return Outcome::server_error;
    }

    redis::Parser parser_{kLimits};
    int answers_ = 0;
    Finding finding_;
};

}  // namespace

std::unique_ptr<Wire> make_redis_wire(Wires& wires) {
    return std::make_unique<RedisWire>(wires);
}

}  // namespace drydock::health
