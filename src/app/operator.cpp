#include "app/operator.h"

#include "app/keys.h"
#include "identity/erasure.h"
#include "identity/password.h"

namespace drydock::app {

Result<std::unique_ptr<Operator>> Operator::open(
    const ServeOptions& options, std::string by, Progress& progress, const Limits& limits
) {
    std::unique_ptr<Operator> opened{new Operator};
    auto& o = *opened;
    o.by_ = std::move(by);
    DRYDOCK_TRY(o.plane_, open_control_plane(options, progress, limits));
    DRYDOCK_TRY(o.keyring_, load_master_keys(options.keys, options.own_key_file, o.plane_->store(), limits));
    DRYDOCK_TRY(o.signer_, identity::access_signer(*o.keyring_, options.jwt_secret));
    o.clock_.emplace(o.plane_->store());
    DRYDOCK_TRY(auto keys, cache::SharedKeys::of(*o.keyring_));
    o.unshared_.emplace(
        "operator", cache::Shared::Store{}, std::make_shared<const cache::SharedKeys>(std::move(keys)), *o.clock_
    );
    o.sessions_.emplace(
        o.plane_->store(),
        *o.signer_,
        identity::Options{}.issuer,
        *o.clock_,
        identity::SessionCache::SharedWith{.principals = *o.unshared_, .tokens = *o.unshared_}
    );
    o.identity_.emplace(identity::Service{
        .store = o.plane_->store(),
        .passwords = o.passwords_,
        .signer = *o.signer_,
        .keyring = *o.keyring_,
        .cache = *o.sessions_,
    });
    return opened;
}

Result<Secret> Operator::reset_link(std::string_view address, const Limits& limits) const {
    return identity::make_reset_token_as_operator(*identity_, address, by_, limits);
}

Result<> Operator::remove_second_factor(std::string_view address, const Limits& limits) const {
    return identity::remove_second_factor_as_operator(*identity_, address, by_, limits);
}

Result<> Operator::set_disabled(std::string_view address, bool disabled, const Limits& limits) const {
    return identity::set_disabled_as_operator(*identity_, address, disabled, by_, limits);
}

Result<std::int64_t> Operator::erase(std::string_view address, const Limits& limits) const {
    DRYDOCK_TRY(const auto erased, identity::erase_person_as_operator(*identity_, address, by_, limits));
    return erased.audit_lines;
}

}  // namespace drydock::app
