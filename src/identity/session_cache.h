#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/limits.h"
#include "base/result.h"
#include "cache/shared.h"
#include "control/clock.h"
#include "control/store.h"
#include "crypto/jwt.h"
#include "identity/principal.h"

namespace drydock::identity {

// Who stands behind a request. A token is verified once; from then on its answer is kept in memory, and read anew when
// it is two seconds old: from what another server has read meanwhile, where they share that, else from the control
// plane. Wherever it comes from, its age counts from when it was read there. While one caller reads, the others go on
// with the old answer, until it is four seconds old: then they wait, or get `unavailable`. So what was ended or taken
// away anywhere holds on every replica within five seconds, also where no notification arrives. Safe to use from many
// threads.
class SessionCache {
public:
    static constexpr std::chrono::seconds kFresh{2};
    static constexpr std::chrono::seconds kUsable{4};

    using Clock = std::chrono::steady_clock;

    // What is shared with other servers: principals, and what API tokens stand for, for good.
    struct SharedWith {
        cache::Shared& principals;
        cache::Shared& tokens;
    };
    SessionCache(
        control::Store& store, crypto::TokenSigner signer, std::string issuer, control::Clock& clock, SharedWith shared
    );

    enum class Freshness : std::uint8_t {
        kept,  // as above
        now,   // read it anew: for what needs a fresh proof, which may be given or ended on another server
    };

    // An access token, or an API token ("ddk_p_…"). `organization` is the id of the one that the request is about;
    // empty: the session's or the token's own. Errors: unauthenticated; not_found where the person does not belong to
    // the organization asked for, which is what they are told of one that does not exist.
    Result<std::shared_ptr<const Principal>> check(
        std::string_view token,
        std::string_view organization,
        const Limits& limits,
        Freshness freshness = Freshness::kept
    );

    // To be called after a commit: on this replica it then holds at once.
    void forget_session(std::string_view session_id);
    void forget_token(std::string_view token_id);
    void forget_user(std::string_view user_id);

    struct Figures {
        std::uint64_t hits = 0;    // from memory
        std::uint64_t shared = 0;  // from what another server has read
        std::uint64_t reads = 0;   // from the control plane
        std::size_t kept = 0;
    };
    Figures figures() const;

private:
    using Answer = Result<std::shared_ptr<const Principal>>;
    struct Entry;
    struct Subject;
    struct FoundPrincipal {
        std::shared_ptr<const Principal> principal;
        Clock::time_point read;
    };
    struct Shard {
        mutable std::mutex mutex;
        std::unordered_map<std::string, std::shared_ptr<Entry>> entries;
    };

    Result<std::shared_ptr<Entry>> entry_of(
        std::string_view token, std::string_view organization, const Limits& limits
    );
    Result<Subject> subject_of(std::string_view token, std::string_view organization, const Limits& limits);
    Result<Subject> read_access_token(std::string_view token, std::string_view organization, const Limits& limits);
    Result<Subject> find_api_token(std::string_view token, std::string_view organization, const Limits& limits);
    Result<Subject> known_token(const std::string& hash, const Limits& limits);
    Answer answer(Entry& entry, const Limits& limits, Freshness freshness);
    std::optional<Answer> wait_for_answer(
        Entry& entry, std::unique_lock<std::mutex>& lock, const Limits& limits, Freshness freshness
    );
    Answer settle(Entry& entry, Answer answer, Clock::time_point started, std::uint64_t forgotten, Freshness freshness);
    static std::string name_of(const Subject& subject);
    std::optional<FoundPrincipal> find_shared(const Subject& subject, const Limits& limits);
    Answer read(const Subject& subject, const Limits& limits);
    Answer read_session(const Subject& subject, const Limits& limits);
    Answer read_token(const Subject& subject, const Limits& limits);
    Clock::time_point now() const { return clock_.steady(); }
    void make_room(Shard& shard);
    template <class Is>
    void forget(const Is& is);

    control::Store& store_;
    crypto::TokenSigner signer_;
    std::string issuer_;
    control::Clock& clock_;
    SharedWith shared_;
    std::array<Shard, 16> shards_;
    std::atomic<std::uint64_t> hits_{0};
    std::atomic<std::uint64_t> shared_hits_{0};
    std::atomic<std::uint64_t> reads_{0};
};

}  // namespace drydock::identity
