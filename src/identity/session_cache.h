#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/limits.h"
#include "base/result.h"
#include "control/store.h"
#include "crypto/jwt.h"
#include "identity/principal.h"

namespace drydock::identity {

// Who stands behind a request. A token is verified once; from then on its answer is kept in memory, and read anew from
// the control plane when it is two seconds old. While one caller reads, the others go on with the old answer, until it
// is four seconds old: then they wait, or get `unavailable`. So what was ended or taken away anywhere holds on every
// replica within five seconds, also where no notification arrives. Safe to use from many threads.
class SessionCache {
public:
    static constexpr std::chrono::seconds kFresh{2};
    static constexpr std::chrono::seconds kUsable{4};

    using Clock = std::chrono::steady_clock;
    using Now = std::function<Clock::time_point()>;

    SessionCache(control::Store& store, crypto::TokenSigner signer, std::string issuer, Now now = Clock::now);

    enum class Freshness : std::uint8_t {
        kept,  // as above
        now,   // read it anew: before a call is refused for want of a step-up that another replica may have seen
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
        std::uint64_t hits = 0;
        std::uint64_t reads = 0;
        std::size_t kept = 0;
    };
    Figures figures() const;

private:
    using Answer = Result<std::shared_ptr<const Principal>>;
    struct Entry;
    struct Subject;
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
    Answer answer(Entry& entry, const Limits& limits, Freshness freshness);
    std::optional<Answer> wait_for_answer(
        Entry& entry, std::unique_lock<std::mutex>& lock, const Limits& limits, Freshness freshness
    );
    Answer settle(Entry& entry, Answer answer, Clock::time_point started, std::uint64_t forgotten, Freshness freshness);
    Answer read(const Subject& subject, const Limits& limits);
    Answer read_session(const Subject& subject, const Limits& limits);
    Answer read_token(const Subject& subject, const Limits& limits);
    Result<std::chrono::system_clock::time_point> control_plane_now(const Limits& limits);
    void set_clock(std::int64_t now);
    void make_room(Shard& shard);
    template <class Is>
    void forget(const Is& is);

    control::Store& store_;
    crypto::TokenSigner signer_;
    std::string issuer_;
    Now now_;
    std::array<Shard, 16> shards_;
    std::atomic<std::uint64_t> hits_{0};
    std::atomic<std::uint64_t> reads_{0};
    // How far the control plane's clock is from our steady one, in microseconds; 0: not known yet.
    std::atomic<std::int64_t> clock_offset_{0};
};

}  // namespace drydock::identity
