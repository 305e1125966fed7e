#include "jobs/replicas.h"

#include <unistd.h>

#include <array>

#include <fmt/format.h>

#include "jobs/queries.h"

namespace drydock::jobs {

std::string replica_name() {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) host = {'h', 'o', 's', 't'};
    return fmt::format("{}:{}", host.data(), ::getpid());
}

Result<> beat(control::Store& store, const Replica& replica, const Limits& limits) {
    const auto threads = std::to_string(replica.threads);
    const auto running = std::to_string(replica.running);
    return store.run(control::Actor::system(), limits, [&](control::Transaction& transaction) -> Result<> {
        DRYDOCK_TRY_VOID(transaction.query(
            queries::beat, {replica.id, replica.name, replica.version, threads, running, replica.state}
        ));
        return {};
    });
}

Result<std::vector<Replica>> list_replicas(
    control::Store& store, std::chrono::seconds silent_after, const Limits& limits
) {
    const auto seconds = std::to_string(silent_after.count());
    DRYDOCK_TRY(const auto rows, store.read(control::Actor::system(), queries::list_replicas, {seconds}, limits));
    std::vector<Replica> replicas;
    for (int row = 0; row < rows.size(); ++row) {
        const auto text = [&](int column) { return std::string{rows.text(row, column)}; };
        replicas.push_back({
            .id = text(0),
            .name = text(1),
            .version = text(2),
            .threads = static_cast<int>(rows.integer(row, 3)),
            .running = static_cast<int>(rows.integer(row, 4)),
            .state = text(5),
            .started_at = text(6),
            .seen_at = text(7),
        });
    }
    return replicas;
}

Result<> clean_up_replicas(control::Store& store, const Limits& limits) {
    return store.run(control::Actor::system(), limits, [](control::Transaction& transaction) -> Result<> {
        DRYDOCK_TRY_VOID(transaction.query(queries::clean_up_replicas));
        return {};
    });
}

}  // namespace drydock::jobs
