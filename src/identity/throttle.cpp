#include "identity/throttle.h"

#include <arpa/inet.h>

#include <array>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "identity/queries.h"

namespace drydock::identity {
namespace {

constexpr std::string_view kAddress = "address:";
constexpr std::string_view kDatabase = "database:";
constexpr std::string_view kTester = "tester:";

std::string turn(std::string_view kind, std::string_view what) {
    return fmt::format("{}{}", kind, sha256_hex(what));
}

// Many share it, or one has many of them to sign in to.
bool is_shared(std::string_view turn) {
    return turn.starts_with(kAddress) || turn.starts_with(kDatabase) || turn.starts_with(kTester);
}

int free_attempts(std::string_view turn, const Options& options) {
    if (turn.starts_with(kDatabase)) return options.free_attempts_by_database;
    return is_shared(turn) ? options.free_attempts_by_address : options.free_attempts;
}

}  // namespace

std::string turn_of_name(std::string_view canonical_email) {
    return turn("name:", to_lower(canonical_email));
}

std::string turn_of_second_factor(std::string_view user_id) {
    return turn("second_factor:", user_id);
}

std::string turn_of_credential(std::string_view id) {
    return turn("credential:", id);
}

std::string turn_of_database(std::string_view place) {
    return turn(kDatabase, place);
}

std::string turn_of_tester(std::string_view user_id) {
    return turn(kTester, user_id);
}

std::string turn_of_address(std::string_view address) {
    const std::string text{address};
    in_addr v4{};
    if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return turn(kAddress, text);
    in6_addr v6{};
    if (inet_pton(AF_INET6, text.c_str(), &v6) != 1) return {};
    if (IN6_IS_ADDR_V4MAPPED(&v6)) {
        std::array<char, INET_ADDRSTRLEN> mapped{};
        inet_ntop(AF_INET, &v6.s6_addr[12], mapped.data(), mapped.size());
        return turn(kAddress, mapped.data());
    }
    return turn(kAddress, std::string_view{reinterpret_cast<const char*>(v6.s6_addr), 8});
}

Result<bool> take_turn(control::Transaction& transaction, std::string_view turn, const Options& options) {
    if (turn.empty()) return true;
    const auto free = std::to_string(free_attempts(turn, options));
    const auto longest = std::to_string(options.longest_delay.count());
    const std::string_view memory = is_shared(turn) ? "1 hour" : "1 day";
    DRYDOCK_TRY(const auto taken, transaction.query(queries::take_turn, {turn, free, longest, memory}));
    return taken.size() == 1;
}

Result<> settle_turn(control::Transaction& transaction, std::string_view turn, const Options& options) {
    if (turn.empty()) return {};
    if (is_shared(turn)) {
        const auto free = std::to_string(free_attempts(turn, options));
        DRYDOCK_TRY_VOID(transaction.query(queries::give_turn_back, {turn, free}));
        return {};
    }
    DRYDOCK_TRY_VOID(transaction.query(queries::forget_turns, {turn}));
    return {};
}

Error sign_in_refused() {
    return {
        .code = ErrorCode::unauthenticated,
        .message = "the e-mail address or the password is wrong, or there were too many attempts",
        .hint = "After some wrong attempts each further one has to wait, for up to a quarter of an hour.",
    };
}

}  // namespace drydock::identity
