#include "identity/session_cache.h"

#include <algorithm>
#include <condition_variable>
#include <optional>

#include "base/encoding.h"
#include "crypto/bytes.h"
#include "crypto/token.h"
#include "identity/inside.h"
#include "identity/principal_text.h"
#include "identity/queries.h"
#include "identity/session_open.h"

namespace drydock::identity {
namespace {

constexpr std::size_t kMostInShard = 8192;
constexpr std::size_t kUuid = 36;
// Our idea of the control plane's clock is late by as much as its answer took. Of the expiry nothing is given away.
constexpr std::chrono::seconds kClockSlack{5};
// What a token stands for never changes; whether it still counts is asked all the same.
constexpr std::chrono::minutes kTokenKnown{10};

Error over() {
    return {
        .code = ErrorCode::unauthenticated,
        .message = "the session or the token is not valid, or no longer",
        .hint = "Sign in again, or use another token."
    };
}

}  // namespace

// What a token says for good, once it is verified.
struct SessionCache::Subject {
    Via via = Via::session;
    std::string user_id{};
    std::string id{};  // of the session or of the API token
    std::string organization_id{};
    bool organization_asked_for = false;
    std::int64_t epoch = 0;
    Clock::time_point expires = Clock::time_point::max();
};

struct SessionCache::Entry {
    std::mutex mutex;
    std::condition_variable_any changed;
    Subject subject;  // never changes
    std::optional<Answer> answer;
    Clock::time_point read_at{};
    bool reading = false;
    std::uint64_t forgotten = 0;  // how often
};

SessionCache::SessionCache(
    control::Store& store, crypto::TokenSigner signer, std::string issuer, control::Clock& clock, SharedWith shared
)
    : store_(store), signer_(std::move(signer)), issuer_(std::move(issuer)), clock_(clock), shared_(shared) {}

Result<std::shared_ptr<const Principal>> SessionCache::check(
    std::string_view token, std::string_view organization, const Limits& limits, Freshness freshness
) {
    DRYDOCK_TRY(const auto entry, entry_of(token, organization, limits));
    return answer(*entry, limits, freshness);
}

Result<std::shared_ptr<SessionCache::Entry>> SessionCache::entry_of(
    std::string_view token, std::string_view organization, const Limits& limits
) {
    // Kept by hash: how far a wrong token agrees with a right one can't be measured, and a dump of our memory shows
    // none.
    std::string text;
    text.reserve(token.size() + organization.size() + 1);
    text.append(token).append(1, '\n').append(organization);
    const auto key = crypto::blake2b_256(text);
    auto& shard = shards_[static_cast<unsigned char>(key[0]) % shards_.size()];
    {
        const std::lock_guard lock{shard.mutex};
        if (const auto found = shard.entries.find(key); found != shard.entries.end()) return found->second;
    }
    auto entry = std::make_shared<Entry>();
    DRYDOCK_TRY(entry->subject, subject_of(token, organization, limits));
    const std::lock_guard lock{shard.mutex};
    if (shard.entries.size() >= kMostInShard) make_room(shard);
    return shard.entries.try_emplace(key, std::move(entry)).first->second;
}

// Who still asks is read anew, so nothing is lost but time.
void SessionCache::make_room(Shard& shard) {
    const auto late = now();
    std::erase_if(shard.entries, [&](const auto& kept) {
        const std::lock_guard lock{kept.second->mutex};
        return !kept.second->reading && late - kept.second->read_at > kUsable;
    });
    if (shard.entries.size() >= kMostInShard) shard.entries.clear();
}

Result<SessionCache::Subject> SessionCache::subject_of(
    std::string_view token, std::string_view organization, const Limits& limits
) {
    if (!organization.empty() && !is_uuid(organization)) return not_found("organization");
    if (token.starts_with("ddk_")) return find_api_token(token, organization, limits);
    return read_access_token(token, organization, limits);
}

Result<SessionCache::Subject> SessionCache::read_access_token(
    std::string_view token, std::string_view organization, const Limits& limits
) {
    DRYDOCK_TRY(const auto clock, clock_.read(limits));
    const auto time = from_microseconds(clock.earliest);
    const auto claims = signer_.verify(
        token, {.issuer = issuer_, .audience = std::string{kAccessAudience}, .leeway = kClockSlack}, time
    );
    if (!claims) {
        auto error = over();
        error.detail = claims.error().message;
        return error;
    }
    const auto expires = claims->number("exp");
    const auto epoch = claims->number("epoch");
    const auto session = claims->text("sid");
    const auto user = claims->subject();
    const auto own = claims->text("org");
    if (!expires || !epoch || !is_uuid(session) || !is_uuid(user) || (!own.empty() && !is_uuid(own))) return over();
    const auto left = std::chrono::seconds{*expires} - time.time_since_epoch();
    return Subject{
        .via = Via::session,
        .user_id = std::string{user},
        .id = std::string{session},
        .organization_id = std::string{organization.empty() ? own : organization},
        .organization_asked_for = !organization.empty(),
        .epoch = *epoch,
        .expires = clock.at + std::chrono::duration_cast<Clock::duration>(left),
    };
}

Result<SessionCache::Subject> SessionCache::find_api_token(
    std::string_view token, std::string_view organization, const Limits& limits
) {
    // The checksum keeps what is no token at all away from the control plane.
    if (!crypto::is_token(token, crypto::TokenKind::api)) return over();
    const auto hash = crypto::token_hash(token);
    DRYDOCK_TRY(auto subject, known_token(hash, limits));
    if (!organization.empty() && subject.organization_id != organization) return not_found("organization");
    subject.organization_asked_for = !organization.empty();
    return subject;
}

Result<SessionCache::Subject> SessionCache::known_token(const std::string& hash, const Limits& limits) {
    if (const auto known = shared_.tokens.get(hash, kTokenKnown, limits); known && known->value.size() == 3 * kUuid) {
        const auto id = [&](std::size_t at) { return known->value.substr(at * kUuid, kUuid); };
        return Subject{.via = Via::api_token, .user_id = id(1), .id = id(0), .organization_id = id(2)};
    }
    const auto started = now();
    reads_.fetch_add(1, std::memory_order_relaxed);
    DRYDOCK_TRY(const auto found, store_.read(bearer_of(hash, {}), queries::find_api_token, {hex(hash)}, limits));
    if (found.size() == 0) return over();
    Subject subject{
        .via = Via::api_token,
        .user_id = std::string{found.text(0, 1)},
        .id = std::string{found.text(0, 0)},
        .organization_id = std::string{found.text(0, 2)},
    };
    shared_.tokens.set(hash, subject.id + subject.user_id + subject.organization_id, started, kTokenKnown, limits);
    return subject;
}

// The kept answer where it is new enough; nothing where the caller has to read it.
std::optional<SessionCache::Answer> SessionCache::wait_for_answer(
    Entry& entry, std::unique_lock<std::mutex>& lock, const Limits& limits, Freshness freshness
) {
    const auto asked = now();
    if (asked >= entry.subject.expires) return over();
    for (;;) {
        const auto age = now() - entry.read_at;
        const bool usable =
            freshness == Freshness::now ? entry.read_at >= asked : age < (entry.reading ? kUsable : kFresh);
        if (entry.answer && usable) {
            hits_.fetch_add(1, std::memory_order_relaxed);
            return *entry.answer;
        }
        if (!entry.reading) return std::nullopt;
        const auto done = [&] { return !entry.reading; };
        const bool read = limits.deadline == Limits::Clock::time_point::max()
                              ? entry.changed.wait(lock, limits.stop, done)
                              : entry.changed.wait_until(lock, limits.stop, limits.deadline, done);
        if (!read) return Error{.code = ErrorCode::unavailable, .message = "who asks could not be checked in time"};
    }
}

SessionCache::Answer SessionCache::answer(Entry& entry, const Limits& limits, Freshness freshness) {
    std::uint64_t forgotten = 0;
    {
        std::unique_lock lock{entry.mutex};
        if (auto kept = wait_for_answer(entry, lock, limits, freshness)) return *std::move(kept);
        entry.reading = true;
        forgotten = entry.forgotten;
    }
    if (freshness == Freshness::kept) {
        if (auto found = find_shared(entry.subject, limits))
            return settle(entry, std::move(found->principal), found->read, forgotten, freshness);
    }
    const auto started = now();
    const auto fresh = read(entry.subject, limits);
    auto answer = settle(entry, fresh, started, forgotten, freshness);
    // Now that those who wait for it have it.
    if (fresh) shared_.principals.set(name_of(entry.subject), to_text(**fresh), started, kFresh, limits);
    return answer;
}

// All that decides what the control plane says of it.
std::string SessionCache::name_of(const Subject& subject) {
    return crypto::Fields{}
        .number(subject.via == Via::api_token ? 1 : 0)
        .text(subject.user_id)
        .text(subject.id)
        .text(subject.organization_id)
        .number(subject.organization_asked_for ? 1 : 0)
        .number(static_cast<std::uint64_t>(subject.epoch))
        .bytes();
}

std::optional<SessionCache::FoundPrincipal> SessionCache::find_shared(const Subject& subject, const Limits& limits) {
    const auto found = shared_.principals.get(name_of(subject), kFresh, limits);
    if (!found) return std::nullopt;
    auto principal = principal_of(found->value);
    if (!principal) return std::nullopt;
    shared_hits_.fetch_add(1, std::memory_order_relaxed);
    return FoundPrincipal{std::make_shared<const Principal>(*std::move(principal)), found->read};
}

SessionCache::Answer SessionCache::settle(
    Entry& entry, Answer answer, Clock::time_point started, std::uint64_t forgotten, Freshness freshness
) {
    const std::lock_guard lock{entry.mutex};
    entry.reading = false;
    entry.changed.notify_all();
    const bool answered =
        answer || answer.error().code == ErrorCode::unauthenticated || answer.error().code == ErrorCode::not_found;
    if (!answered) {
        // The control plane does not answer: what was true a moment ago still counts, and not for longer.
        if (freshness == Freshness::kept && entry.answer && now() - entry.read_at < kUsable) return *entry.answer;
        return answer;
    }
    // Forgotten while it was read: this answer may be of before.
    if (entry.forgotten == forgotten) {
        entry.answer = answer;
        entry.read_at = started;
    }
    return answer;
}

SessionCache::Answer SessionCache::read(const Subject& subject, const Limits& limits) {
    reads_.fetch_add(1, std::memory_order_relaxed);
    return subject.via == Via::session ? read_session(subject, limits) : read_token(subject, limits);
}

SessionCache::Answer SessionCache::read_session(const Subject& subject, const Limits& limits) {
    const control::Actor actor{.user_id = subject.user_id, .organization_id = subject.organization_id};
    const auto epoch = std::to_string(subject.epoch);
    const auto organization = subject.organization_id.empty() ? pg::Param{} : pg::Param{subject.organization_id};
    const auto sent = now();
    DRYDOCK_TRY(const auto rows, store_.read(actor, queries::check_session, {subject.id, epoch, organization}, limits));
    if (rows.size() == 0) return over();
    clock_.learn({.now = rows.integer(0, 8), .started = rows.integer(0, 9)}, sent);
    if (subject.organization_asked_for && rows.is_null(0, 3)) return not_found("organization");
    if (rows.boolean(0, 7)) {
        DRYDOCK_TRY_VOID(store_.read(actor, queries::touch_session, {subject.id}, limits));
    }
    auto principal = std::make_shared<Principal>();
    principal->user_id = subject.user_id;
    principal->email = rows.text(0, 0);
    principal->display_name = rows.text(0, 1);
    principal->organization_id = rows.text(0, 2);
    principal->role = rows.text(0, 3);
    principal->permissions = split_list(rows.text(0, 4));
    std::ranges::sort(principal->permissions);
    principal->via = Via::session;
    principal->session_id = subject.id;
    principal->methods = split_list(rows.text(0, 5));
    principal->stepped_up = rows.boolean(0, 6);
    return std::shared_ptr<const Principal>{std::move(principal)};
}

SessionCache::Answer SessionCache::read_token(const Subject& subject, const Limits& limits) {
    const control::Actor actor{.user_id = subject.user_id, .organization_id = subject.organization_id};
    DRYDOCK_TRY(const auto rows, store_.read(actor, queries::check_api_token, {subject.id}, limits));
    if (rows.size() == 0) return over();
    if (rows.boolean(0, 4)) {
        DRYDOCK_TRY_VOID(store_.read(actor, queries::touch_api_token, {subject.id}, limits));
    }
    auto principal = std::make_shared<Principal>();
    principal->user_id = subject.user_id;
    principal->email = rows.text(0, 0);
    principal->display_name = rows.text(0, 1);
    principal->organization_id = subject.organization_id;
    principal->role = rows.text(0, 2);
    principal->permissions = split_list(rows.text(0, 3));
    std::ranges::sort(principal->permissions);
    principal->via = Via::api_token;
    principal->token_id = subject.id;
    return std::shared_ptr<const Principal>{std::move(principal)};
}

template <class Is>
void SessionCache::forget(const Is& is) {
    // First, so that nobody who is to read anew finds it there.
    shared_.principals.distrust();
    for (auto& shard : shards_) {
        const std::lock_guard lock{shard.mutex};
        for (auto& [key, entry] : shard.entries) {
            if (!is(entry->subject)) continue;
            const std::lock_guard inner{entry->mutex};
            entry->answer.reset();
            ++entry->forgotten;
        }
    }
}

void SessionCache::forget_session(std::string_view session_id) {
    forget([&](const Subject& subject) { return subject.via == Via::session && subject.id == session_id; });
}

void SessionCache::forget_token(std::string_view token_id) {
    forget([&](const Subject& subject) { return subject.via == Via::api_token && subject.id == token_id; });
}

void SessionCache::forget_user(std::string_view user_id) {
    forget([&](const Subject& subject) { return subject.user_id == user_id; });
}

SessionCache::Figures SessionCache::figures() const {
    Figures figures{
        .hits = hits_.load(std::memory_order_relaxed),
        .shared = shared_hits_.load(std::memory_order_relaxed),
        .reads = reads_.load(std::memory_order_relaxed),
    };
    for (const auto& shard : shards_) {
        const std::lock_guard lock{shard.mutex};
        figures.kept += shard.entries.size();
    }
    return figures;
}

}  // namespace drydock::identity
