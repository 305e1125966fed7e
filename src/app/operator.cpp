#include "app/operator.h"

#include "app/keys.h"

namespace drydock::app {

Result<std::unique_ptr<Operator>> Operator::open(
    const ServeOptions& options, Progress& progress, const Limits& limits
) {
    std::unique_ptr<Operator> opened{new Operator};
    auto& o = *opened;
    DRYDOCK_TRY(o.plane_, ControlPlane::open(options.plane, progress, limits));
    DRYDOCK_TRY(o.keyring_, load_master_keys(options.keys, options.own_key_file, o.plane_->store(), limits));
    DRYDOCK_TRY(o.signer_, identity::access_signer(*o.keyring_, options.jwt_secret));
    o.sessions_.emplace(o.plane_->store(), *o.signer_, identity::Options{}.issuer);
    o.identity_.emplace(identity::Service{
        .store = o.plane_->store(),
        .passwords = o.passwords_,
        .signer = *o.signer_,
        .keyring = *o.keyring_,
        .cache = *o.sessions_,
    });
    return opened;
}

}  // namespace drydock::app
