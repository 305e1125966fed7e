#include <string>
#include <utility>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/encoding.h"
#include "base/random.h"
#include "health/bson.h"
#include "health/scram.h"
#include "health/socket_wire.h"

namespace drydock::health {
namespace {

constexpr std::size_t kMostAnswer = std::size_t{1024} * 1024;
constexpr int kAuthenticationFailed = 18;
constexpr int kNotAuthorised = 13;
constexpr int kCommandNotFound = 59;

// What SCRAM-SHA-1 has for a password in MongoDB.
Secret digested(const std::string& user, const std::string& password) {
    const auto text = fmt::format("{}:mongo:{}", user, password);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned size = 0;
    ::EVP_Digest(text.data(), text.size(), digest.data(), &size, ::EVP_md5(), nullptr);
    return Secret{hex({reinterpret_cast<const char*>(digest.data()), size})};
}

class MongoWire final : public SocketWire {
public:
    using SocketWire::SocketWire;

protected:
    Step sign_in(const Target& target) override {
        if (target.user.empty()) return Step::done();
        target_ = &target;
        source_ = target.auth_source.empty() ? "admin" : target.auth_source;
        bson::Document hello;
        hello.add("hello", 1).add("saslSupportedMechs", fmt::format("{}.{}", source_, target.user));
        send(hello.add("$db", "admin"));
        stage_ = Stage::mechanisms;
        return Step::waits();
    }

    Step question() override {
        bson::Document hello;
        send(hello.add("hello", 1).add("$db", "admin"));
        stage_ = Stage::asked;
        return Step::waits();
    }

    Step hear(std::string_view bytes) override {
        in_ += bytes;
        const auto length = bson::message_length(in_);
        if (!length) return Step::waits();
        if (*length < 16 || *length > kMostAnswer) return odd();
        if (in_.size() < *length) return Step::waits();
        const auto whole = std::exchange(in_, in_.substr(*length)).substr(0, *length);
        const auto document = bson::document_in(whole);
        return document ? note(*document) : odd();
    }

private:
    enum class Stage : std::uint8_t { mechanisms, first, final, last, asked };

    void send(const bson::Document& document) { say(bson::message(++id_, document)); }

    static int code_of(std::string_view answer) {
        const auto code = bson::find(answer, "code");
        return code ? static_cast<int>(code->number) : 0;
    }
    static bool went_well(std::string_view answer) {
        const auto ok = bson::find(answer, "ok");
        return ok && ok->number != 0;
    }
    static bool is_true(std::string_view answer, std::string_view name) {
        const auto value = bson::find(answer, name);
        return value && value->number != 0;
    }

    Step note(std::string_view answer) {
        if (stage_ == Stage::asked) return verdict(answer);
        if (!went_well(answer) && stage_ != Stage::mechanisms) {
            const int code = code_of(answer);
            const bool refused = code == kAuthenticationFailed || code == kNotAuthorised || code == 11;
            return fail(refused ? Outcome::auth_failed : Outcome::server_error);
        }
        switch (stage_) {
            case Stage::mechanisms:
                return start(answer);
            case Stage::first:
                return prove(answer);
            case Stage::final:
                return check_server(answer);
            case Stage::last:
            case Stage::asked:
                break;
        }
        return end_of_sign_in();
    }

    Step start(std::string_view answer) {
        const auto mechanisms = bson::find(answer, "saslSupportedMechs");
        const auto knows = [&](std::string_view name) {
            return mechanisms && bson::holds_text(mechanisms->bytes, name);
        };
        const bool old = !knows("SCRAM-SHA-256") && knows("SCRAM-SHA-1");
        auto password = old ? digested(target_->user, target_->password.reveal()) : target_->password;
        scram_ = std::make_unique<Scram>(old ? "SHA1" : "SHA256", target_->user, std::move(password), random_hex(18));
        bson::Document options;
        options.add_true("skipEmptyExchange");
        bson::Document command;
        command.add("saslStart", 1).add("mechanism", old ? "SCRAM-SHA-1" : "SCRAM-SHA-256");
        command.add_binary("payload", scram_->first()).add("autoAuthorize", 1).add("options", options);
        send(command.add("$db", source_));
        stage_ = Stage::first;
        return Step::waits();
    }

    Step prove(std::string_view answer) {
        const auto payload = bson::find(answer, "payload");
        const auto conversation = bson::find(answer, "conversationId");
        if (!payload || !conversation) return odd();
        conversation_ = static_cast<std::int32_t>(conversation->number);
        const auto proof = scram_->final(payload->bytes, wires());
        if (!proof) return odd();
        go_on(*proof);
        stage_ = Stage::final;
        return Step::waits();
    }

    Step check_server(std::string_view answer) {
        const auto payload = bson::find(answer, "payload");
        if (!payload || !scram_->verified(payload->bytes)) return fail(Outcome::protocol_error);
        if (is_true(answer, "done")) return end_of_sign_in();
        go_on({});
        stage_ = Stage::last;
        return Step::waits();
    }

    void go_on(std::string_view payload) {
        bson::Document command;
        command.add("saslContinue", 1).add("conversationId", conversation_).add_binary("payload", payload);
        send(command.add("$db", source_));
    }

    Step end_of_sign_in() {
        scram_.reset();
        target_ = nullptr;
        return Step::done();
    }

    static Step verdict(std::string_view answer) {
        if (!went_well(answer)) {
            const bool alive = code_of(answer) == kCommandNotFound;
            return Step::done({.outcome = alive ? Outcome::ok : Outcome::server_error});
        }
        const bool writable = is_true(answer, "isWritablePrimary") || is_true(answer, "ismaster");
        if (writable) return Step::done({.outcome = is_true(answer, "readOnly") ? Outcome::read_only : Outcome::ok});
        // Neither: a member that has not found its place yet.
        const bool settled = is_true(answer, "secondary") || is_true(answer, "arbiterOnly");
        return Step::done({.outcome = settled ? Outcome::read_only : Outcome::starting_up});
    }

    Step fail(Outcome outcome) const { return Step::failed({.outcome = outcome, .phase = phase()}); }
    Step odd() const { return fail(Outcome::protocol_error); }

    const Target* target_ = nullptr;  // while signing in
    std::string source_;
    std::unique_ptr<Scram> scram_;
    Stage stage_ = Stage::asked;
    std::int32_t id_ = 0;
    std::int32_t conversation_ = 0;
    std::string in_;
};

}  // namespace

std::unique_ptr<Wire> make_mongo_wire(Wires& wires) {
    return std::make_unique<MongoWire>(wires);
}

}  // namespace drydock::health
