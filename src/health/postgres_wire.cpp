#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/encoding.h"
#include "base/random.h"
#include "health/scram.h"
#include "health/socket_wire.h"

// The little of PostgreSQL's protocol that a check needs, and not libpq: that computes as many rounds of a hash as a
// server asks for, on the thread of everybody's checks; sends a password in clear to whoever asks; and keeps nothing of
// what a sign-in costs.
namespace drydock::health {
namespace {

constexpr std::uint32_t kProtocol = 3U << 16U;
constexpr std::uint32_t kTlsRequest = 80877103;
constexpr std::size_t kMostMessage = std::size_t{256} * 1024;
// One row: whether it is a standby, or this session may not write.
constexpr std::string_view kQuestion =
    "SELECT pg_catalog.pg_is_in_recovery() OR pg_catalog.current_setting('transaction_read_only')::pg_catalog.bool";

enum class Request : std::uint32_t { ok = 0, clear_text = 3, md5 = 5, sasl = 10, sasl_continue = 11, sasl_final = 12 };

std::string number(std::uint32_t value) {
    std::string bytes;
    for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(value >> shift & 0xffU);
    return bytes;
}
std::uint32_t number_at(std::string_view bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
    return value;
}
std::string sized(std::string_view body) {
    return number(static_cast<std::uint32_t>(body.size() + 4)) + std::string{body};
}

std::string md5_hex(const std::string& text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned size = 0;
    ::EVP_Digest(text.data(), text.size(), digest.data(), &size, ::EVP_md5(), nullptr);
    return hex({reinterpret_cast<const char*>(digest.data()), size});
}

// A field of an ErrorResponse: letter, text, zero; again and again.
std::string field(std::string_view body, char wanted) {
    while (body.size() > 1) {
        const char letter = body[0];
        const auto end = body.find('\0', 1);
        if (end == body.npos) break;
        if (letter == wanted) return std::string{body.substr(1, end - 1)};
        body.remove_prefix(end + 1);
    }
    return {};
}

std::string sqlstate_of(std::string_view body) {
    auto state = field(body, 'C');
    bool fits = state.size() == 5;
    for (const char c : state) fits = fits && ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'));
    return fits ? state : std::string{};
}

Outcome outcome_for(std::string_view sqlstate) {
    if (sqlstate.starts_with("28") || sqlstate == "3D000" || sqlstate == "42501") return Outcome::auth_failed;
    if (sqlstate == "53300") return Outcome::too_many_connections;
    if (sqlstate == "57P03" || sqlstate == "57P01" || sqlstate == "57P02") return Outcome::starting_up;
    return Outcome::server_error;
}

bool names(std::string_view list, std::string_view mechanism) {
    while (!list.empty() && list[0] != '\0') {
        const auto end = list.find('\0');
        if (list.substr(0, end) == mechanism) return true;
        if (end == list.npos) return false;
        list.remove_prefix(end + 1);
    }
    return false;
}

class PostgresWire final : public SocketWire {
public:
    using SocketWire::SocketWire;

protected:
    std::string tls_request() const override { return sized(number(kTlsRequest)); }

    Step sign_in(const Target& target) override {
        target_ = &target;
        std::string body = number(kProtocol);
        const auto add = [&](std::string_view name, std::string_view value) {
            body.append(name).append(1, '\0').append(value).append(1, '\0');
        };
        add("user", target.user);
        add("database", target.database.empty() ? target.user : target.database);
        add("application_name", "drydock-health");
        add("client_encoding", "UTF8");
        say(sized(body + '\0'));
        return Step::waits();
    }

    Step question() override {
        answer_.reset();
        say('Q' + sized(std::string{kQuestion} + '\0'));
        return Step::waits();
    }

    Step hear(std::string_view bytes) override {
        in_ += bytes;
        for (;;) {
            if (in_.size() < 5) return Step::waits();
            const auto length = number_at(in_, 1);
            if (length < 4 || length > kMostMessage) return odd();
            if (in_.size() < length + 1) return Step::waits();
            const char type = in_[0];
            const auto body = in_.substr(5, length - 4);
            in_.erase(0, length + 1);
            const auto step = note(type, body);
            if (step.state != Step::State::waiting) return step;
        }
    }

private:
    Step note(char type, std::string_view body) {
        switch (type) {
            case 'R':
                return signed_in() || body.size() < 4 ? odd() : authenticate(number_at(body, 0), body.substr(4));
            case 'E':
                return note_error(body);
            case 'D':
                answer_ = Finding{.outcome = body.size() >= 7 && body[6] == 't' ? Outcome::read_only : Outcome::ok};
                return Step::waits();
            case 'Z':
                if (!signed_in()) return authenticated_ ? end_of_sign_in() : odd();
                return answer_ ? Step::done(*answer_) : odd();
            case 'A':
            case 'C':
            case 'K':
            case 'N':
            case 'S':
            case 'T':
            case 'v':
                return Step::waits();
            default:
                return odd();
        }
    }

    Step authenticate(std::uint32_t code, std::string_view body) {
        switch (static_cast<Request>(code)) {
            case Request::ok:
                // Who has begun to prove that it knows the password must end it.
                if (scram_) return odd();
                authenticated_ = true;
                return Step::waits();
            // Whoever took the server's place would ask for just that. Registration goes by the same rules
            // (targets::plan_sign_in).
            case Request::clear_text:
                if (!target_->trusted) return fail(Outcome::auth_failed);
                return answer_with(target_->password.reveal() + '\0');
            case Request::md5: {
                if (!target_->trusted) return fail(Outcome::auth_failed);
                if (body.size() < 4) return odd();
                const auto inner = md5_hex(target_->password.reveal() + target_->user);
                return answer_with("md5" + md5_hex(inner + std::string{body.substr(0, 4)}) + '\0');
            }
            case Request::sasl:
                return begin_scram(body);
            case Request::sasl_continue: {
                const auto proof = scram_ ? scram_->final(body, wires()) : std::nullopt;
                if (!proof) return odd();
                say('p' + sized(*proof));
                return Step::waits();
            }
            case Request::sasl_final:
                if (!scram_ || !scram_->verified(body)) return odd();
                scram_.reset();
                return Step::waits();
        }
        return fail(Outcome::auth_failed);  // a way to sign in that is not spoken here
    }

    Step answer_with(const std::string& password) {
        if (target_->password.empty()) return fail(Outcome::auth_failed);
        say('p' + sized(password));
        return Step::waits();
    }

    Step begin_scram(std::string_view mechanisms) {
        if (scram_) return odd();
        if (target_->password.empty()) return fail(Outcome::auth_failed);
        const auto mode = target_->tls.mode;
        const auto end_point = names(mechanisms, "SCRAM-SHA-256-PLUS") ? channel_end_point() : std::string{};
        if (end_point.empty() && !names(mechanisms, "SCRAM-SHA-256")) return odd();
        // Unbound and not verified in full, it could be relayed to the real server by who stands between.
        const bool exposed = mode == net::TlsMode::unverified || mode == net::TlsMode::verify_ca;
        if (exposed && end_point.empty() && !target_->trusted) return fail(Outcome::auth_failed);
        // The server takes the name from the start of the connection.
        scram_ = std::make_unique<Scram>("SHA256", "", target_->password, random_hex(18), end_point);
        const auto first = scram_->first();
        const std::string mechanism = end_point.empty() ? "SCRAM-SHA-256" : "SCRAM-SHA-256-PLUS";
        say('p' + sized(mechanism + '\0' + number(static_cast<std::uint32_t>(first.size())) + first));
        return Step::waits();
    }

    Step note_error(std::string_view body) {
        auto sqlstate = sqlstate_of(body);
        Finding finding{.outcome = outcome_for(sqlstate), .phase = phase(), .sqlstate = std::move(sqlstate)};
        const auto severity = field(body, 'V');
        if (!signed_in() || severity == "FATAL" || severity == "PANIC") return Step::failed(std::move(finding));
        // A relative of PostgreSQL may not know the functions. It answers all the same.
        const bool unknown = finding.sqlstate.starts_with("42") || finding.sqlstate == "0A000";
        answer_ = unknown ? Finding{} : std::move(finding);
        return Step::waits();
    }

    Step end_of_sign_in() {
        target_ = nullptr;
        return Step::done();
    }
    Step fail(Outcome outcome) const { return Step::failed({.outcome = outcome, .phase = phase()}); }
    Step odd() const { return fail(Outcome::protocol_error); }

    const Target* target_ = nullptr;  // while signing in
    std::unique_ptr<Scram> scram_;
    bool authenticated_ = false;
    std::optional<Finding> answer_;
    std::string in_;
};

}  // namespace

std::unique_ptr<Wire> make_postgres_wire(Wires& wires) {
    return std::make_unique<PostgresWire>(wires);
}

}  // namespace drydock::health
